// Runs npm's googleapis, unmodified, against another server. A call is where the discovery document
// is, the client's options, a method's name and its parameters.
import { google } from "googleapis";

import { makeCalls } from "./calls.mjs";

await makeCalls(
  async (discovery, options, method, parameters) => {
    const client = await google.discoverAPI(discovery, { auth: "any", ...options });
    const response = await client.comments[method](parameters);
    return response.data;
  },
  (error) => ({ body: error.response?.data }),
);
