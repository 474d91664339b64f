// What went wrong with a request, in the words of the server.

export class ServiceError extends Error {
  // $metadata is named as the SDK names it.
  readonly $metadata: { httpStatusCode: number; clockSkewCorrected?: boolean };

  constructor(
    name: string,
    message: string,
    status: number,
    // retryAfter is when the server wishes to be asked again, in seconds.
    readonly retryAfter?: number,
  ) {
    super(message);
    this.name = name;
    this.$metadata = { httpStatusCode: status };
  }

  static from(response: Response, text: string): ServiceError {
    let message = "";
    try {
      const body = JSON.parse(text) as { Message?: string; message?: string };
      message = body.Message ?? body.message ?? "";
    } catch {
      // a proxy's page, or nothing
    }
    const name = response.headers.get("x-amzn-ErrorType")?.split(":")[0] ?? noServer;
    const after = Number(response.headers.get("Retry-After") ?? NaN);
    return new ServiceError(name, message || `The server answered ${response.status}.`, response.status, Number.isFinite(after) ? after : undefined);
  }
}

// noServer names an error that carries no name of this server's: something in between made it.
const noServer = "Error";

// statusOf is the HTTP status of a refusal, of the SDK's errors and of ours; 0 when there was no answer.
export function statusOf(error: unknown): number {
  const metadata = (error as { $metadata?: { httpStatusCode?: number } } | null)?.$metadata;
  return metadata?.httpStatusCode ?? 0;
}

// unreachable reports that no answer of the server came: there was none, or a proxy made it up.
export function unreachable(error: unknown): boolean {
  if (error instanceof TypeError) {
    return /fetch|network|load failed/i.test(error.message); // as the browsers word it
  }
  const { name } = error as Error;
  return name === "TimeoutError" || (statusOf(error) >= 502 && (name === noServer || name === "UnknownError"));
}

// transient reports that the same request may well succeed in a moment.
export function transient(error: unknown): boolean {
  return unreachable(error) || statusOf(error) >= 500 || statusOf(error) === 429;
}

// refusedCredentials reports that the server does not take the credentials, whatever was asked.
export function refusedCredentials(error: unknown): boolean {
  const names = ["ExpiredTokenException", "UnrecognizedClientException", "InvalidClientTokenIdException", "UnauthorizedClientException"];
  return names.includes((error as Error).name);
}

// describe says what went wrong, to the administrator.
export function describe(error: unknown): string {
  if (unreachable(error)) {
    return "The server cannot be reached.";
  }
  return error instanceof Error && error.message ? error.message : "Something went wrong.";
}
