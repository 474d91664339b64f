// The operations beside Amazon Chime's own, signed as those are.
import { Sha256 } from "@aws-crypto/sha256-browser";
import { HttpRequest } from "@smithy/protocol-http";
import { SignatureV4 } from "@smithy/signature-v4";
import type { Source } from "../session/credentials";
import { ServiceError } from "./errors";

export type Query = Record<string, string | number | undefined>;

// Extensions sends signed requests to paths of this server.
export class Extensions {
  private readonly signer: SignatureV4;

  constructor(source: Source) {
    this.signer = new SignatureV4({ credentials: source, region: "us-east-1", service: "chime", sha256: Sha256 });
  }

  // call returns the answer's members. segments are the parts of the path, as they are: they are escaped here.
  async call<Output>(method: string, segments: string[], query: Query = {}, body?: unknown): Promise<Output> {
    const request = new HttpRequest({
      method,
      protocol: location.protocol,
      hostname: location.hostname,
      port: location.port ? Number(location.port) : undefined,
      path: "/" + segments.map(escape).join("/"),
      query: Object.fromEntries(
        Object.entries(query).flatMap(([name, value]) => (value === undefined || value === "" ? [] : [[name, String(value)]])),
      ),
      headers: { host: location.host, ...(body === undefined ? {} : { "content-type": "application/json" }) },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const signed = await this.signer.sign(request);
    const { host: _, ...headers } = signed.headers;
    const search = new URLSearchParams(signed.query as Record<string, string>).toString().replaceAll("+", "%20");
    const response = await fetch(signed.path + (search && "?" + search), { method, headers, body: request.body as string | undefined });
    const text = await response.text();
    if (!response.ok) {
      throw ServiceError.from(response, text);
    }
    return (text ? JSON.parse(text) : {}) as Output;
  }
}

function escape(segment: string): string {
  return encodeURIComponent(segment).replace(/[!'()*]/g, (c) => "%" + c.charCodeAt(0).toString(16).toUpperCase());
}
