// The credentials that the console signs its requests with. They live in memory alone: a reload asks for them anew.
import { ServiceError } from "../api/errors";

export interface Credentials {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string;
  expiration?: Date;
}

// A Source hands out credentials that are good now. For those of a person it asks the server for new ones before the old
// ones expire.
export interface Source {
  (): Promise<Credentials>;
  // refused says that the server did not take the credentials that were handed out last: others are asked for. It throws
  // SignedOut where there are no others.
  refused(): void;
}

// SignedOut says that nobody is signed in, or no longer, and why as far as that is known.
export class SignedOut extends Error {
  constructor(
    readonly reason?: string,
    readonly title = "You were signed out",
  ) {
    super(reason ?? "Your sign-in has ended: its time was over, or somebody ended it.");
    this.name = "SignedOut";
  }
}

interface Issued {
  AccessKeyId: string;
  SecretAccessKey: string;
  SessionToken: string;
  Expiration: string;
}

// renewBefore is how long before their end credentials are renewed, in milliseconds.
const renewBefore = 5 * 60 * 1000;

// issue asks for credentials of whoever is signed in to this browser. 204 says that nobody is, 401 that nobody is any
// longer, 403 that they are no administrator.
async function issue(): Promise<Credentials> {
  const response = await fetch("/admin/credentials", { method: "POST", headers: { Accept: "application/json" } });
  const text = await response.text();
  if (response.status === 204 || response.status === 401) {
    throw new SignedOut();
  }
  if (response.status === 403) {
    throw new SignedOut(ServiceError.from(response, text).message, "You cannot use the console");
  }
  if (!response.ok) {
    throw ServiceError.from(response, text);
  }
  const issued = JSON.parse(text) as Issued;
  return {
    accessKeyId: issued.AccessKeyId,
    secretAccessKey: issued.SecretAccessKey,
    sessionToken: issued.SessionToken,
    expiration: new Date(issued.Expiration),
  };
}

// ofPerson is the source of whoever is signed in to this browser with an administrator's role. Requests at the same time
// share one renewal.
export function ofPerson(): Source {
  let current: Promise<Credentials> | undefined;
  let end = 0;
  let out: SignedOut | undefined;
  const source = () => {
    if (out) {
      return Promise.reject(out); // to ask again would not help
    }
    if (!current || Date.now() > end - renewBefore) {
      end = Infinity; // until the answer says when
      const asked = issue();
      current = asked;
      asked.then(
        (credentials) => {
          end = credentials.expiration?.getTime() ?? 0;
        },
        (error: unknown) => {
          current = undefined;
          out = error instanceof SignedOut ? error : undefined;
        },
      );
    }
    return current;
  };
  return Object.assign(source, {
    refused: () => {
      // While others are on their way those are waited for.
      if (end !== Infinity) {
        current = undefined;
      }
    },
  });
}

// ofAccessKey is the source of a principal whose access key was typed in.
export function ofAccessKey(accessKeyId: string, secretAccessKey: string): Source {
  const credentials = { accessKeyId: accessKeyId.trim(), secretAccessKey: secretAccessKey.trim() };
  return Object.assign(() => Promise.resolve(credentials), {
    refused: () => {
      throw new SignedOut("The server no longer takes the access key: it was deleted or made inactive, or its principal was.");
    },
  });
}
