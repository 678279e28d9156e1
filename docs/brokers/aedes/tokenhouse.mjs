// An aedes broker asks Tokenhouse who may connect and what he may do there, and ends connections
// that may no longer be. Nothing but a clear yes lets anybody do anything.

import { Authority } from "./authority.mjs";

const POLL_MS = 250;
const UNCONFIRMED_MS = 10_000;
/** After a change, until no answer that was given without it can come in any more. */
const SETTLED_MS = 3_000;
const MOST_KEPT = 20;
const UNAVAILABLE = 3;
const NOT_AUTHORIZED = 5;

/**
 * Let a broker ask, as a client of Tokenhouse that may verify tokens.
 *
 * `clientIds`: `bound` where a device connects under its own number alone, or `free`. `log` is told
 * when Tokenhouse is out of reach and when it is back, never what anybody connects with. The
 * broker's own `authenticate` and `authorize…` are replaced; `close()` of what is given back ends
 * every connection and lets nobody in any more.
 */
export function guard(broker, { clientIds = "bound", log = console.error, ...asked }) {
  const connections = new Connections(new Authority(clientIds, asked), log);
  broker.authenticate = (client, userName, password, done) => {
    connections.admit(client, userName, password).then((returnCode) => {
      if (returnCode === 0) done(null, true);
      else done(Object.assign(new Error("not let in"), { returnCode }), null);
    });
  };
  broker.authorizePublish = (client, packet, done) => {
    connections.may(client, "publish", packet.topic).then((may) => {
      done(may ? null : new Error("not authorized to publish"));
    });
  };
  broker.authorizeSubscribe = (client, subscription, done) => {
    const { topic, qos } = subscription;
    // aedes keeps messages for every filter of a packet, also for refused ones, unless they have 0
    subscription.qos = 0;
    connections.may(client, "subscribe", topic).then((may) => {
      if (may) subscription.qos = qos;
      if (may === null && !client.connected) done(new Error("the session was not restored"));
      else done(null, may ? subscription : null);
    });
  };
  broker.authorizeForward = (client, packet) =>
    connections.gets(client, packet.topic) ? packet : null;
  broker.on("unsubscribe", (filters, client) => connections.forget(client, filters));
  return { close: () => connections.close() };
}

/** Who is connected, by what, and whether he still may be. */
class Connections {
  #authority;
  #log;
  #of = new WeakMap();
  #live = new Set();
  #after = null;
  #confirmed = performance.now();
  #reached = true;
  #polling = false;
  #closed = false;
  #timer = setInterval(() => this.#tick(), POLL_MS).unref();

  constructor(authority, log) {
    this.#authority = authority;
    this.#log = log;
  }

  close() {
    this.#closed = true;
    clearInterval(this.#timer);
    for (const one of this.#live) this.#end(one);
  }

  /** The code that the client is told. */
  async admit(client, userName = "", password = "") {
    const said = { user_name: userName, password: String(password), client_id: client.id };
    const who = { ...said, address: addressOf(client) };
    try {
      const told = await this.#authority.ask("connect", who, client);
      if (!told.allowed) return NOT_AUTHORIZED;
      if (client.closed || this.#closed) return UNAVAILABLE;
      const one = { client, said, who, filters: new Map(), kept: new Map() };
      this.#confirm(one, told);
      one.turn = Promise.resolve();
      one.due = [0]; // what changed while it was asked about was told before it was here
      this.#of.set(client, one);
      this.#live.add(one);
      return 0;
    } catch {
      return UNAVAILABLE;
    }
  }

  /** Whether a client may do so; null: that cannot be asked. Of one that is gone: its will. */
  may(client, action, topic) {
    const one = client === null ? undefined : this.#of.get(client);
    if (one === undefined) return Promise.resolve(false);
    // one after the other, so that no message overtakes another
    one.turn = one.turn.then(() => this.#may(one, action, topic).catch(() => null));
    return one.turn;
  }

  async #may(one, action, topic) {
    // for aedes, which shares no subscriptions, `$share/group` would be a part of the topic
    if (one.ended || topic.startsWith("$")) return false;
    if (action === "publish" && performance.now() < one.kept.get(topic)) return true;
    const told = await this.#authority.ask("topic", { action, topic, ...one.said });
    const may = told.allowed && !one.ended;
    if (action === "subscribe") {
      if (may) one.filters.set(topic, topic.split("/"));
      else one.filters.delete(topic);
    } else if (may) {
      if (one.kept.size >= MOST_KEPT) one.kept.clear();
      one.kept.set(topic, told.sent + told.fresh_ms);
    }
    return may;
  }

  /** Whether a message is one that a client was allowed to subscribe to, since it is here. */
  gets(client, topic) {
    const one = this.#of.get(client);
    if (one === undefined || one.ended || topic.startsWith("$")) return false;
    const levels = topic.split("/");
    return [...one.filters.values()].some((filter) => matches(filter, levels));
  }

  forget(client, filters) {
    for (const filter of filters) this.#of.get(client)?.filters.delete(filter);
  }

  #tick() {
    const now = performance.now();
    for (const one of this.#live) {
      const confirmed = Math.min(Math.max(this.#confirmed, one.confirmed), one.doubted);
      if (one.client.closed) this.#live.delete(one);
      else if (now - confirmed > UNCONFIRMED_MS) this.#end(one);
      else if (isOver(one)) this.#look(one);
    }
    if (!this.#polling) this.#poll();
  }

  async #poll() {
    const began = performance.now();
    this.#polling = true;
    try {
      const told = await this.#authority.changes(this.#after);
      const all = this.#after === null;
      this.#after = told?.next ?? null;
      if (told !== null) this.#confirmed = began;
      for (const one of this.#live) {
        const touched = all || one.restsOn.some((id) => told?.touched.has(id));
        if (touched) one.due.push(began, began + SETTLED_MS);
        if (one.due.some((due) => due <= began)) this.#look(one);
      }
      this.#say(true, "Tokenhouse answers");
    } catch (error) {
      const why = error.cause?.code ?? error.message;
      this.#say(false, `Tokenhouse does not answer, so nobody is let in: ${why}`);
    }
    this.#polling = false;
  }

  /** Ask whether a connection may stay, and receive what it receives. */
  async #look(one) {
    if (one.looking || one.client.closed) return;
    const [now, over] = [performance.now(), isOver(one)];
    one.looking = true;
    one.due = one.due.filter((due) => due > now);
    one.kept.clear();
    try {
      const told = await this.#authority.ask("again", one.who);
      if (!told.allowed) this.#end(one);
      else {
        for (const filter of one.filters.keys()) await this.#may(one, "subscribe", filter);
        this.#confirm(one, told);
        if (isOver(one)) one.ends = Date.now() + SETTLED_MS; // the clock here is ahead
      }
    } catch {
      if (over) this.#end(one);
      one.doubted = Math.min(one.doubted, now);
      one.due.push(now);
    }
    one.looking = false;
  }

  #confirm(one, told) {
    one.restsOn = [...told.rests_on];
    one.ends = told.expires_at === null ? Infinity : Date.parse(told.expires_at);
    one.confirmed = told.sent;
    one.doubted = Infinity;
  }

  #end(one) {
    one.ended = true;
    this.#live.delete(one);
    one.client.close();
  }

  #say(reached, text) {
    if (reached !== this.#reached) this.#log(text);
    this.#reached = reached;
  }
}

/** A moment that cannot be read is over. */
function isOver(one) {
  return !(Date.now() < one.ends);
}

function matches(filter, topic) {
  for (const [at, level] of filter.entries()) {
    if (level === "#") return true;
    if (at >= topic.length || (level !== "+" && level !== topic[at])) return false;
  }
  return filter.length === topic.length;
}

function addressOf(client) {
  const told = client.connDetails?.ipAddress ?? client.conn.remoteAddress;
  return (told ?? client.req?.socket?.remoteAddress ?? "").replace(/^::ffff:/, "");
}
