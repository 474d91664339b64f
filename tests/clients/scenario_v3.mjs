// @aws-sdk/client-chime (v3): the address comes from the environment, an exception is a class.
import * as sdk from "@aws-sdk/client-chime";
import { run } from "./scenario.mjs";

process.env.AWS_ENDPOINT_URL_CHIME = process.env.CARILLON_ENDPOINT;

await run({
  name: "@aws-sdk/client-chime",
  connect: (credentials) => new sdk.Chime({ maxAttempts: 1, ...(credentials && { credentials }) }),
  isException: (e, name) => e instanceof sdk[name] && Boolean(e.$metadata.requestId),
});
