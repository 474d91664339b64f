// What went wrong with a request, in the words of the server.

export class ServiceError extends Error {
  constructor(
    name: string,
    message: string,
    readonly status: number,
  ) {
    super(message);
    this.name = name;
  }

  static from(response: Response, text: string): ServiceError {
    let message = "";
    try {
      const body = JSON.parse(text) as { Message?: string; message?: string };
      message = body.Message ?? body.message ?? "";
    } catch {
      // a proxy's page, or nothing
    }
    const name = response.headers.get("x-amzn-ErrorType")?.split(":")[0] ?? "Error";
    return new ServiceError(name, message || `The server answered ${response.status}.`, response.status);
  }
}

// statusOf is the HTTP status of a refusal, of the SDK's errors and of ours; 0 when there was no answer.
export function statusOf(error: unknown): number {
  if (error instanceof ServiceError) {
    return error.status;
  }
  const metadata = (error as { $metadata?: { httpStatusCode?: number } }).$metadata;
  return metadata?.httpStatusCode ?? 0;
}

// describe says what went wrong, to the administrator.
export function describe(error: unknown): string {
  if (error instanceof TypeError || (error instanceof Error && error.name === "TimeoutError")) {
    return "The server cannot be reached.";
  }
  return error instanceof Error && error.message ? error.message : "Something went wrong.";
}
