// Questions to Tokenhouse about who connects to a broker, and what became of those who did.

const PATIENCE_MS = 2_000;
/** Without a bound, each question of a thousand devices that come back would open a socket. */
const MOST_AT_ONCE = 16;

/** Asks, a few questions at a time. */
export class Authority {
  #url;
  #clientIds;
  #authorization;
  #free = MOST_AT_ONCE;
  #waiting = [];

  constructor(clientIds, { url, clientId, clientSecret }) {
    const pair = Buffer.from(`${clientId}:${clientSecret}`).toString("base64");
    this.#url = `${url}/v1/broker/plain`;
    this.#clientIds = clientIds;
    this.#authorization = `Basic ${pair}`;
  }

  /** What is answered; throws where nothing is. `client`: whose going makes it needless. */
  async ask(question, said, client = null) {
    if (this.#free > 0) this.#free -= 1;
    else if (question === "again") await new Promise((go) => this.#waiting.unshift(go));
    else await new Promise((go) => this.#waiting.push(go));
    try {
      if (client?.closed) throw new Error("gone");
      const sent = performance.now();
      const path = `${this.#clientIds}/${question}`;
      const reply = await this.#send("POST", path, JSON.stringify(said));
      if (reply.status === 400) return { allowed: false }; // longer than anything of a device's
      if (reply.status !== 200) throw new Error(`status ${reply.status}`);
      const told = await reply.json();
      return { ...told, allowed: told.allowed === true, sent };
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#free += 1;
    }
  }

  /** What was touched behind a place; null: the feed does not reach back to it. */
  async changes(after) {
    const reply = await this.#send("GET", after === null ? "changes" : `changes?after=${after}`);
    if (reply.status === 410) return null;
    if (reply.status !== 200) throw new Error(`status ${reply.status}`);
    const { touched, next } = await reply.json();
    return { touched: new Set(touched), next };
  }

  async #send(method, path, body) {
    const headers = { authorization: this.#authorization, "content-type": "application/json" };
    const signal = AbortSignal.timeout(PATIENCE_MS);
    const send = () =>
      fetch(`${this.#url}/${path}`, { method, headers, body, signal, redirect: "error" });
    return send().catch((error) => {
      if (signal.aborted) throw error;
      return send(); // its end may have closed a connection meanwhile
    });
  }
}
