"use strict";
// Takes a token apart, here and nowhere else: no request is made, nothing is kept or logged.
(() => {
  const LONGEST = 65536;
  const BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  const CHECKSUM = 6;
  const OPAQUE = /^([a-z][a-z0-9]{1,7})([a-z])_([0-9A-Za-z]{30}|[0-9A-Za-z]{40})([0-9A-Za-z]{6})$/;
  const NEARLY = /^([a-z][a-z0-9]{1,7})([a-z])_[0-9A-Za-z]+$/;
  const PART = /^[A-Za-z0-9_-]+$/;
  const MOMENTS = new Set(["exp", "iat", "nbf", "auth_time", "updated_at"]);
  const WEEKDAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
  const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
  const UNITS = [[31536000, "years", 2], [2628000, "months", 4], [86400, "days", 2], [3600, "h", 1], [60, "min", 1]];

  const place = document.getElementById("reading");
  if (!place) return;
  const words = JSON.parse(place.dataset.words);
  const field = document.getElementById("token-to-read");
  const told = document.getElementById("read");

  // crc32 of ISO 3309, as zip has it
  function checksum(text) {
    let crc = ~0;
    for (const byte of new TextEncoder().encode(text)) {
      crc ^= byte;
      for (let bit = 0; bit < 8; bit += 1) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
    }
    let number = ~crc >>> 0;
    let digits = "";
    for (let place = 0; place < CHECKSUM; place += 1) {
      digits = BASE62[number % 62] + digits;
      number = Math.floor(number / 62);
    }
    return digits;
  }

  // What people paste along with it: the name of a header, a scheme, quotes, a parameter's name.
  function bare(text) {
    let left = text.trim();
    left = left.replace(/^["'`]+|["'`,;]+$/g, "");
    left = left.replace(/^(authorization|x-access-token)\s*:\s*/i, "");
    left = left.replace(/^(bearer|token)\s+/i, "").replace(/^(session|token|access_token)=/i, "");
    return left.replace(/\s+/g, "");
  }

  function object(part) {
    if (!PART.test(part)) return null;
    try {
      const binary = atob(part.replace(/-/g, "+").replace(/_/g, "/"));
      const bytes = Uint8Array.from(binary, (one) => one.charCodeAt(0));
      const read = JSON.parse(new TextDecoder("utf-8", {fatal: true}).decode(bytes));
      return read !== null && typeof read === "object" && !Array.isArray(read) ? read : null;
    } catch {
      return null;
    }
  }

  function made(name, properties = {}, ...children) {
    const element = Object.assign(document.createElement(name), properties);
    element.append(...children);
    return element;
  }

  function badge(level, text) {
    return made("span", {className: `badge ${level}`, textContent: text});
  }

  function relative(seconds) {
    const away = Math.abs(seconds - Date.now() / 1000);
    const [size, name] = UNITS.find(([unit, , least]) => away >= unit * least) ?? [0, ""];
    if (!size) return seconds * 1000 > Date.now() ? "in less than 1 min" : "just now";
    const count = `${Math.floor(away / size)} ${name}`;
    return seconds * 1000 > Date.now() ? `in ${count}` : `${count} ago`;
  }

  function two(number) {
    return String(number).padStart(2, "0");
  }

  // As our pages say it elsewhere: Tue 22 Dec 2026 10:00:00 UTC; the local time beside it.
  function moment(seconds) {
    const at = new Date(seconds * 1000);
    if (Number.isNaN(at.getTime())) return null;
    const day = `${WEEKDAYS[at.getUTCDay()]} ${at.getUTCDate()} ${MONTHS[at.getUTCMonth()]} ${at.getUTCFullYear()}`;
    const time = [at.getUTCHours(), at.getUTCMinutes(), at.getUTCSeconds()].map(two).join(":");
    const local = at.toLocaleString("en-GB", {dateStyle: "medium", timeStyle: "long"});
    return made("time", {dateTime: at.toISOString(), title: `Here: ${local}`, textContent: `${day} ${time} UTC (${relative(seconds)})`});
  }

  function value(name, said) {
    const shown = document.createElement("span");
    if (MOMENTS.has(name) && typeof said === "number") {
      const at = moment(said);
      if (at) shown.append(at, " ");
    }
    const isText = typeof said === "string";
    const plain = isText ? said : JSON.stringify(said, null, 1);
    if (!shown.childNodes.length) shown.append(made("bdi", {className: "said-value", textContent: plain}));
    return shown;
  }

  function table(caption, said) {
    const rows = Object.entries(said).map(([name, one]) => made("tr", {},
      made("th", {scope: "row"}, made("code", {textContent: name})),
      made("td", {}, value(name, one)),
      made("td", {className: "note", textContent: Object.hasOwn(words.claims, name) ? words.claims[name] : ""})));
    return made("table", {className: "claims"},
      made("caption", {textContent: caption}),
      made("thead", {}, made("tr", {}, ...["Name", "Value", "What it says"].map((text) => made("th", {scope: "col", textContent: text})))),
      made("tbody", {}, ...rows));
  }

  function state(claims) {
    const now = Date.now() / 1000;
    if (typeof claims.exp === "number" && claims.exp <= now) return badge("bad", "expired");
    if (typeof claims.nbf === "number" && claims.nbf > now) return badge("warn", "not good yet");
    if (typeof claims.exp === "number") return badge("good", "not expired");
    return badge("warn", "never expires");
  }

  function kind(header, claims) {
    const known = typeof header.typ === "string" && Object.hasOwn(words.types, header.typ);
    if (claims.iss !== words.issuer) return "Signed token (JWT) of somebody else";
    return known ? words.types[header.typ] : "Signed token (JWT) of a type that is not known here";
  }

  function signed(parts) {
    const header = object(parts[0]);
    if (parts.length === 5 && header) {
      return [made("h2", {textContent: "Encrypted token (JWE)"}),
        made("p", {textContent: "Only whoever has its key can read what it says."}), table("Header", header)];
    }
    const claims = object(parts[1]);
    if (!header || !claims) {
      const which = header ? "claims" : "header";
      return garbage(`It has the form of a signed token (JWT), but its ${which} cannot be read: a piece may be missing.`);
    }
    return [made("h2", {textContent: kind(header, claims)}), made("p", {}, state(claims)),
      made("p", {className: "note", textContent: "The signature was not checked: this is what the token says of itself. Whether it was revoked, only the server knows."}),
      table("Claims", claims), table("Header", header)];
  }

  function opaque([, brand, letter, random, check], text) {
    const right = checksum(text.slice(0, -CHECKSUM)) === check;
    const ours = brand === words.brand;
    const known = ours && Object.hasOwn(words.letters, letter);
    const title = known ? words.letters[letter] : "Opaque token of somebody else, or of no kind that is known here";
    const isToken = known && random.length === 30 && !["u", "c"].includes(letter);
    const rows = [["Prefix", `${brand}${letter}_`], ["Last four characters", text.slice(-4)]].map(([name, one]) =>
      made("div", {}, made("dt", {textContent: name}), made("dd", {}, made("code", {textContent: one}))));
    const found = [made("h2", {textContent: title}),
      made("p", {}, right ? badge("good", "checksum right") : badge("bad", "checksum wrong")),
      made("dl", {className: "facts"}, ...rows),
      made("p", {className: "note", textContent: right
        ? "It says nothing of itself: what it may do, and until when, only the server knows."
        : "A character is wrong or missing: no server will know it."})];
    if (right && isToken) {
      found.push(made("p", {}, "Paste it into the search of ", made("a", {href: "/console/tokens", textContent: "your tokens"}),
        " to find its row, if it is one of yours."));
    }
    return found;
  }

  function garbage(sentence) {
    return [made("h2", {textContent: "This is no token"}), made("p", {textContent: sentence})];
  }

  function read(pasted) {
    if (pasted.length > LONGEST) return garbage("It is longer than any token is.");
    const text = bare(pasted);
    if (!text) return [];
    const match = OPAQUE.exec(text);
    if (match) return opaque(match, text);
    const parts = text.split(".");
    if (parts.length === 3 || parts.length === 5) return signed(parts);
    if (NEARLY.test(text)) return garbage("It begins as an opaque token does, but has another length: a piece may be missing.");
    return garbage("It is neither a signed token (JWT), three parts with dots between them, nor an opaque one of ours.");
  }

  function clear() {
    field.value = "";
    told.replaceChildren();
  }

  field.addEventListener("input", () => told.replaceChildren(...read(field.value)));
  place.querySelector("[data-clear]").addEventListener("click", () => { clear(); field.focus(); });
  addEventListener("pagehide", clear);
  addEventListener("pageshow", clear);
})();
