/** Talking to the simulator: one snapshot, news that it changed, and things to do. */

export async function fetchState(watched) {
  const answer = await fetch(`/page/state?${new URLSearchParams(watched)}`);
  if (answer.status === 404) throw new Unknown(await answer.text());
  return answer.json();
}

/** The simulator knows nobody of this id: it was started anew. */
export class Unknown extends Error {}

/** Does one thing; rejects with a sentence for people when it cannot be done. */
export async function act(name, body) {
  const headers = { "Content-Type": "application/json" };
  let answer;
  try {
    answer = await fetch(`/page/act/${name}`, { method: "POST", headers, body: JSON.stringify(body) });
  } catch {
    throw new Error("The simulator does not answer. Is it still running?");
  }
  const text = await answer.text();
  if (answer.ok) return JSON.parse(text);
  throw new Error(sentence(text) || `That did not work (${answer.status}).`);
}

function sentence(text) {
  try {
    return JSON.parse(text).error;
  } catch {
    return text.slice(0, 200);
  }
}

/** Calls `changed` whenever something did, `connected` when the line comes up or breaks; comes back by itself. */
export function listen(changed, connected) {
  const source = new EventSource("/page/news");
  source.onopen = () => connected(true);
  source.onerror = () => connected(false);
  source.onmessage = () => changed();
  addEventListener("pagehide", () => source.close());
}
