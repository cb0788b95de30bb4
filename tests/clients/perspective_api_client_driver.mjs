// Runs npm's perspective-api-client, unmodified, against another server, whose address is the
// argument: the client's own is a constant, but axios, with which it sends, lets others change it.
import axios from "axios";
import Perspective from "perspective-api-client";

import { makeCalls } from "./calls.mjs";

const [GOOGLE, address] = ["https://commentanalyzer.googleapis.com", process.argv[2]];
axios.interceptors.request.use((config) => ({ ...config, url: config.url.replace(GOOGLE, address) }));

const client = new Perspective({ apiKey: "any" });
await makeCalls(
  (text, options) => client.analyze(text, options),
  (error) => ({ body: error.response?.data }),
);
