// What the drivers of the npm clients share: calls come as JSON from standard input, each a list of
// arguments; what each returned or threw goes to standard output.
import { json } from "node:stream/consumers";

/** Makes each call with `method`; what it throws is written as `describe` has it. */
export async function makeCalls(method, describe) {
  const outcomes = [];
  for (const call of await json(process.stdin)) {
    try {
      outcomes.push({ returned: await method(...call) });
    } catch (error) {
      outcomes.push({ raised: error.name, message: error.message, ...describe(error) });
    }
  }
  process.stdout.write(JSON.stringify(outcomes));
}
