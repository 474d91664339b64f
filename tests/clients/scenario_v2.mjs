// aws-sdk (v2): the address is an option. There are no exception classes; the code of an error is the answer's Code, which the SDK
// prefers to the name in the header, as scripts that were written for Amazon Chime know it.
import AWS from "aws-sdk";
import { run } from "./scenario.mjs";

const codes = {
  BadRequestException: "BadRequest",
  ConflictException: "Conflict",
  ForbiddenException: "Forbidden",
  NotFoundException: "NotFound",
  UnauthorizedClientException: "Unauthorized",
  UnprocessableEntityException: "Unprocessable",
};

function connect(credentials) {
  const client = new AWS.Chime({ endpoint: process.env.CARILLON_ENDPOINT, maxRetries: 0, ...(credentials && { credentials }) });
  return new Proxy(client, { get: (target, operation) => (input) => target[operation](input).promise() });
}

await run({
  name: `aws-sdk ${AWS.VERSION}`,
  connect,
  isException: (e, name) => e.code === codes[name] && Boolean(e.requestId),
});
