// The operations beside Amazon Chime's own, signed as those are.
import { Sha256 } from "@aws-crypto/sha256-browser";
import { HttpRequest } from "@smithy/protocol-http";
import { SignatureV4 } from "@smithy/signature-v4";
import { SignedOut, type Source } from "../session/credentials";
import { attempt } from "./attempts";
import { ServiceError } from "./errors";

export type Query = Record<string, string | number | undefined>;

// leastSkew is from what difference on the clocks of browser and server are taken for different, in milliseconds. The
// server lets 15 minutes pass.
const leastSkew = 4 * 60 * 1000;

// Extensions sends signed requests to paths of this server.
export class Extensions {
  private readonly signer: SignatureV4;
  // skew is how far the server's clock is ahead of this one, in milliseconds.
  private skew = 0;

  constructor(
    private readonly source: Source,
    private readonly ended: (reason: SignedOut) => void,
  ) {
    this.signer = new SignatureV4({ credentials: source, region: "us-east-1", service: "chime", sha256: Sha256 });
  }

  // call returns the answer's members. segments are the parts of the path, as they are: they are escaped here.
  call<Output>(method: string, segments: string[], query: Query = {}, body?: unknown, signal?: AbortSignal): Promise<Output> {
    const request = () =>
      new HttpRequest({
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
    return attempt(this.source, this.ended, () => this.send<Output>(request(), signal));
  }

  private async send<Output>(request: HttpRequest, signal?: AbortSignal): Promise<Output> {
    const signed = await this.signer.sign(request, { signingDate: new Date(Date.now() + this.skew) });
    const { host: _, ...headers } = signed.headers;
    const search = new URLSearchParams(signed.query as Record<string, string>).toString().replaceAll("+", "%20");
    const response = await fetch(signed.path + (search && "?" + search), {
      method: request.method,
      headers,
      body: request.body as string | undefined,
      signal: signal ?? null,
    });
    const text = await response.text();
    if (!response.ok) {
      throw this.refusal(response, text);
    }
    return (text ? JSON.parse(text) : {}) as Output;
  }

  // refusal corrects the clock, if that may be why.
  private refusal(response: Response, text: string): ServiceError {
    const error = ServiceError.from(response, text);
    const skew = Date.parse(response.headers.get("Date") ?? "") - Date.now();
    if (error.name === "InvalidSignatureException" && Math.abs(skew - this.skew) > leastSkew) {
      this.skew = skew;
      error.$metadata.clockSkewCorrected = true;
    }
    return error;
  }
}

function escape(segment: string): string {
  return encodeURIComponent(segment).replace(/[!'()*]/g, (c) => "%" + c.charCodeAt(0).toString(16).toUpperCase());
}
