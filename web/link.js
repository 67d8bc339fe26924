// @ts-check
// The line to the server: opened, and when it cannot be opened, why.

const PATIENCE_MS = 15_000;
const MOST_WAITING = 512 * 1024; // bytes that the line has not taken: some ten seconds of speech

/**
 * @typedef {object} Ears what is called when something comes
 * @property {(message: Record<string, any>) => void} heard
 * @property {(code: string) => void} closed with what went wrong
 */

export class Link {
  /** @type {WebSocket | null} */
  #socket = null;

  /** Returns when the server has greeted, or what went wrong. @param {string} key "" for none @param {Ears} ears @returns {Promise<string>} "" or a code */
  async open(key, ears) {
    const [problem, secret] = key ? await exchange(key) : ['', ''];
    if (problem) return problem;
    const protocols = secret ? ['realtime', `openai-insecure-api-key.${secret}`] : ['realtime'];
    const socket = new WebSocket(socketAddress(location.href), protocols);
    this.#socket = socket;
    const greeted = await this.#greeted(socket, ears);
    if (greeted) return '';
    this.close();
    return reason(key !== '');
  }

  /** @param {WebSocket} socket @param {Ears} ears @returns {Promise<boolean>} */
  #greeted(socket, ears) {
    return new Promise((tell) => {
      const patience = setTimeout(() => tell(false), PATIENCE_MS);
      let open = false;
      socket.onmessage = ({ data }) => {
        open = true;
        clearTimeout(patience);
        ears.heard(JSON.parse(data));
        tell(true);
      };
      socket.onclose = () => {
        clearTimeout(patience);
        tell(false);
        if (open && this.#socket === socket) ears.closed('lost');
      };
    });
  }

  /** Whether it was sent: a line that takes nothing is not piled up on. @param {Record<string, any>} message */
  send(message) {
    const socket = this.#socket;
    if (!socket || socket.readyState !== WebSocket.OPEN || socket.bufferedAmount > MOST_WAITING) return false;
    socket.send(JSON.stringify(message));
    return true;
  }

  close() {
    const socket = this.#socket;
    this.#socket = null;
    socket?.close();
  }
}

/** @param {string} page */
export function socketAddress(page) {
  const address = new URL('v1/realtime', page);
  address.protocol = address.protocol === 'https:' ? 'wss:' : 'ws:';
  address.search = address.hash = '';
  return address.href;
}

/** A key for a secret that opens sessions for some minutes: only that goes to the websocket. @param {string} key @returns {Promise<[string, string]>} what went wrong, the secret */
async function exchange(key) {
  if (!/^[\x21-\x7e]+$/.test(key)) return ['wrong', ''];
  const answer = await asked('v1/realtime/client_secrets', {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: '{}',
  });
  if (!answer) return ['gone', ''];
  if (answer.status === 401) return ['wrong', ''];
  return answer.ok ? ['', (await answer.json()).value] : ['refused', ''];
}

/** A browser does not say why a websocket was refused: ask beside it. @param {boolean} known the key was right a moment ago */
async function reason(known) {
  const health = await asked('health');
  if (!health) return 'gone';
  const guarded = known ? null : await asked('v1/models');
  if (guarded?.status === 401) return 'key';
  const { sessions, sessions_max: most, status } = await health.json();
  return sessions >= most || status !== 'ok' ? 'busy' : 'refused';
}

/** @param {string} path @param {RequestInit} [how] @returns {Promise<Response | null>} null: nobody answers */
async function asked(path, how) {
  try {
    return await fetch(path, { ...how, cache: 'no-store', signal: AbortSignal.timeout(PATIENCE_MS) });
  } catch {
    return null;
  }
}
