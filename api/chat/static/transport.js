/**
 * The line to the server: the session, the queue of what the person wrote, and what comes back.
 *
 * The token lives in this tab only. What is written waits in a queue until the server has said 202; the same
 * `client_ref` goes out on every try, so a retry is never a second message. What comes back is streamed, with polling
 * behind it; the place in the conversation moves only with what was received in order, so a cut loses nothing.
 */
const API = "/api/v1/chat/";
const REQUEST_TIMEOUT = 20000;
/** Heartbeats come every 15 s: after this long without one the stream is dead. */
const SILENCE = 40000;
/** A stream that brings no message must last this long to count as working. */
const STEADY = 5000;
/** Streams that brought nothing at all before polling takes over, and for how long it does. */
const STRIKES = 2;
const POLLING_FOR = 300000;
/** A message that is sent but unanswered is asked after, in case a proxy holds the stream back. */
const ASK_AFTER = [1200, 4000, 12000];

const memory = {};
/** sessionStorage, or memory where storage is blocked (as in some embedded pages). */
const store = {
  get(key) {
    if (key in memory) return memory[key];
    try {
      return sessionStorage.getItem("waypost." + key);
    } catch {
      return null;
    }
  },
  set(key, value) {
    memory[key] = value;
    try {
      sessionStorage.setItem("waypost." + key, value);
    } catch {
      // Blocked or full: memory has it.
    }
  },
  clear() {
    for (const key of Object.keys(memory)) delete memory[key];
    try {
      sessionStorage.clear();
    } catch {
      // Blocked: nothing was stored.
    }
  },
};

/** A name for a message that no other has. */
export function newRef() {
  if (crypto.randomUUID) return crypto.randomUUID();
  // Not a secure context, or an old phone.
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 15) | 64;
  bytes[8] = (bytes[8] & 63) | 128;
  const hex = Array.from(bytes, (byte) => (byte + 256).toString(16).slice(1)).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

/** What went wrong: `ended` (no such session), `refused` (never try again), `later` (try again). */
function failure(kind, more) {
  return Object.assign(new Error(kind), { kind }, more);
}

async function check(response) {
  if (response.ok) return response;
  if (response.status === 401 || response.status === 410) throw failure("ended");
  if (response.status >= 500 || [408, 425, 429].includes(response.status)) {
    throw failure("later", { after: retryAfter(response.headers.get("Retry-After")) });
  }
  const problem = await response.json().catch(() => ({}));
  throw failure("refused", { detail: problem.detail || problem.title });
}

function retryAfter(value) {
  if (!value) return 0;
  const wait = /^\d+$/.test(value) ? value * 1000 : Date.parse(value) - Date.now();
  return wait > 0 ? wait : 0;
}

/** Doubles from one second to thirty, never exactly, so that a thousand phones do not come back at once. */
function backOff(tries) {
  return Math.min(30000, 1000 * Math.pow(2, tries)) * (0.7 + Math.random() * 0.6);
}

/** A pause that can be cut short, unless it is one the server asked for. */
function pauses() {
  let cut = () => {};
  return {
    for: (wait, firm) =>
      new Promise((resume) => {
        const timer = setTimeout(resume, wait);
        cut = firm ? () => {} : () => (clearTimeout(timer), resume());
      }),
    cut: () => cut(),
  };
}

/**
 * Opens the line. `on` hears: `received(messages, first)`, `accepted(item, id)`, `refused(item, detail)`,
 * `waiting(bool)` (something cannot be sent now), `ended()`. `locale()` gives the language of a new session.
 */
export function connect(on, locale) {
  let token = store.get("token");
  let queue = JSON.parse(store.get("queue") || "[]");
  let cursor = "";
  let caughtUp = false;
  let closed = false;
  let flushing = false;
  let turn = 0;
  let catching = null;
  let cutStream = () => {};
  let heardAt = 0;
  let repliedAt = 0;
  const beforeSending = pauses();
  const beforeListening = pauses();

  function call(method, path, body, more) {
    const abort = new AbortController();
    const timer = setTimeout(() => abort.abort(), REQUEST_TIMEOUT);
    const headers = Object.assign({}, more);
    if (token) headers.Authorization = "Bearer " + token;
    if (body) headers["Content-Type"] = "application/json";
    const options = { method, headers, cache: "no-store", signal: abort.signal, body: body && JSON.stringify(body) };
    return fetch(API + path, options)
      .then(check)
      .then((response) => response.json())
      .finally(() => clearTimeout(timer));
  }

  // Sending

  function save() {
    store.set("queue", JSON.stringify(queue));
  }

  function drop(ref) {
    queue = queue.filter((item) => item.ref !== ref);
    save();
  }

  async function openSession() {
    const opened = await call("POST", "sessions", { locale: locale() });
    if (closed) return;
    token = opened.token;
    store.set("token", token);
    listen();
  }

  async function flush() {
    if (flushing) return;
    flushing = true;
    let tries = 0;
    while (queue.length && !closed) {
      const item = queue[0];
      try {
        if (!token) await openSession();
        const { id } = await call("POST", "messages", { text: item.text, choice: item.choice, client_ref: item.ref });
        if (closed) break;
        drop(item.ref);
        tries = 0;
        on.waiting(false);
        on.accepted(item, id);
        askAfter();
      } catch (error) {
        if (closed) break;
        if (error.kind === "ended") {
          end();
          break;
        }
        if (error.kind === "refused" && token) {
          drop(item.ref);
          on.refused(item, error.detail);
        } else {
          on.waiting(true);
          await beforeSending.for(Math.max(error.after || 0, backOff(tries)), error.after > 0);
          tries += 1;
        }
      }
    }
    if (!queue.length) on.waiting(false);
    flushing = false;
  }

  function askAfter() {
    const since = Date.now();
    beforeListening.cut();
    for (const wait of ASK_AFTER) {
      setTimeout(() => {
        if (token && repliedAt < since) catchUp().catch(() => {});
      }, wait);
    }
  }

  // Receiving

  function take(messages, first) {
    if (!messages.length) return;
    cursor = messages[messages.length - 1].id;
    for (const message of messages) {
      if (message.author !== "person") repliedAt = Date.now();
      if (message.client_ref) drop(message.client_ref);
    }
    on.received(messages, first);
  }

  /** Everything since the last message received; one request at a time. */
  function catchUp() {
    const mine = turn;
    catching =
      catching ||
      (async () => {
        for (let more = true; more && mine === turn; ) {
          const page = await call("GET", "messages?limit=200" + (cursor && "&after=" + encodeURIComponent(cursor)));
          if (mine !== turn) return;
          more = page.has_more;
          take(page.data, !caughtUp);
        }
        caughtUp = true;
      })().finally(() => (catching = null));
    return catching;
  }

  /** Reads the stream until it is cut. True when it worked: it brought a message, or beat for a while. */
  async function stream(mine) {
    const abort = new AbortController();
    const opened = Date.now();
    let timer = 0;
    let heard = false;
    let brought = false;
    const worked = () => brought || (heard && Date.now() - opened > STEADY);
    const alive = () => {
      heardAt = Date.now();
      clearTimeout(timer);
      timer = setTimeout(() => abort.abort(), SILENCE);
    };
    cutStream = () => abort.abort();
    alive();
    try {
      const headers = { Authorization: "Bearer " + token, Accept: "text/event-stream" };
      if (cursor) headers["Last-Event-ID"] = cursor;
      const response = await check(await fetch(API + "events", { headers, cache: "no-store", signal: abort.signal }));
      const reader = response.body.getReader();
      const read = parser((message) => {
        brought = true;
        take([message], false);
      });
      const decoder = new TextDecoder();
      for (;;) {
        const { done, value } = await reader.read();
        if (done || mine !== turn) return worked();
        heard = true;
        alive();
        read(decoder.decode(value, { stream: true }));
      }
    } catch (error) {
      // Cut on the way is no failure of the stream itself: what matters is whether it ever worked.
      if (error.kind || !worked()) throw error;
      return true;
    } finally {
      clearTimeout(timer);
      abort.abort();
    }
  }

  async function listen() {
    const mine = ++turn;
    let strikes = typeof ReadableStream === "undefined" || typeof TextDecoder === "undefined" ? Infinity : 0;
    let tries = 0;
    cutStream();
    catching = null;
    while (token && mine === turn) {
      try {
        await catchUp();
        if (mine !== turn) return;
        if (strikes >= STRIKES) {
          await poll(mine);
          strikes -= 1;
        } else if (await streamed(mine)) {
          strikes = 0;
        } else {
          strikes += 1;
        }
        tries = 0;
        await beforeListening.for(300 + Math.random() * 700);
      } catch (error) {
        if (mine !== turn) return;
        if (error.kind === "ended") return end();
        await beforeListening.for(Math.max(error.after || 0, backOff(tries)), error.after > 0);
        tries += 1;
      }
    }
  }

  /** As `stream`, with a failure to open it counted and not raised: polling may still work. */
  async function streamed(mine) {
    try {
      return await stream(mine);
    } catch (error) {
      if (error.kind === "ended" || error.after) throw error;
      return false;
    }
  }

  async function poll(mine) {
    const until = Date.now() + POLLING_FOR;
    let wait = 2000;
    while (token && mine === turn && Date.now() < until) {
      const before = cursor;
      await beforeListening.for(document.hidden ? 30000 : wait);
      await catchUp();
      wait = cursor === before ? Math.min(15000, wait * 1.3) : 2000;
    }
  }

  // Ending

  function forget() {
    turn += 1;
    cutStream();
    token = null;
    cursor = "";
    caughtUp = false;
    catching = null;
  }

  function end() {
    forget();
    store.set("token", "");
    on.ended();
  }

  function resume() {
    beforeSending.cut();
    beforeListening.cut();
    if (token && Date.now() - heardAt > 20000) cutStream();
  }

  addEventListener("online", resume);
  document.addEventListener("visibilitychange", () => document.hidden || resume());
  // A page kept for the back button must not hold a stream open.
  addEventListener("pagehide", () => {
    turn += 1;
    cutStream();
  });
  addEventListener("pageshow", (event) => event.persisted && token && listen());

  return {
    /** What still waits to be sent, oldest first. */
    waiting: () => queue.slice(),
    hasSession: () => Boolean(token),
    start() {
      if (token) listen();
      flush();
    },
    /** Queues `{text}` or `{choice}`, with the `label` shown for it, and sends. Returns the queued item. */
    send(what) {
      const item = Object.assign({ ref: newRef() }, what);
      queue.push(item);
      save();
      flush();
      return item;
    },
    /** After an end: a new session, for the texts that were not sent. Choices belonged to the old one. */
    again() {
      queue = queue.filter((item) => item.text);
      save();
      flush();
    },
    /** Forgets everything here, and asks the server to do the same, without waiting for it. */
    leave() {
      const headers = { Authorization: "Bearer " + token };
      const known = token;
      closed = true;
      queue = [];
      forget();
      store.clear();
      beforeSending.cut();
      if (known) fetch(API + "sessions", { method: "DELETE", headers, keepalive: true }).catch(() => {});
    },
  };
}

/** A reader of server-sent events: give it text as it comes; `hear` gets the data of each `message`. */
export function parser(hear) {
  let rest = "";
  let name = "";
  let data = [];
  return (text) => {
    const lines = (rest + text).split(/\r?\n/);
    rest = lines.pop();
    for (const line of lines) {
      if (line === "") {
        if (data.length && (name === "" || name === "message")) hear(JSON.parse(data.join("\n")));
        name = "";
        data = [];
      } else {
        const [, field, value] = /^([^:]*):? ?(.*)$/.exec(line);
        if (field === "event") name = value;
        if (field === "data") data.push(value);
      }
    }
  };
}
