// The credentials that the console signs its requests with. They live in memory alone: a reload asks for them anew.

export interface Credentials {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string;
  expiration?: Date;
}

// A source hands out credentials that are good now. For those of a person it asks the server for new ones before the old
// ones expire.
export type Source = () => Promise<Credentials>;

// SignedOut says that nobody is signed in, or no longer.
export class SignedOut extends Error {
  constructor() {
    super("You are not signed in.");
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

async function issue(): Promise<Credentials> {
  const response = await fetch("/admin/credentials", { method: "POST", headers: { Accept: "application/json" } });
  if (response.status === 401 || response.status === 403) {
    throw new SignedOut();
  }
  if (!response.ok) {
    throw new Error(`The server gave no credentials (${response.status}).`);
  }
  const issued = (await response.json()) as Issued;
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
  return () => {
    if (!current || Date.now() > end - renewBefore) {
      end = Infinity; // until the answer says when
      current = issue().then(
        (credentials) => {
          end = credentials.expiration?.getTime() ?? 0;
          return credentials;
        },
        (error: unknown) => {
          current = undefined;
          throw error;
        },
      );
    }
    return current;
  };
}

// ofAccessKey is the source of a principal whose access key was typed in.
export function ofAccessKey(accessKeyId: string, secretAccessKey: string): Source {
  const credentials = { accessKeyId: accessKeyId.trim(), secretAccessKey: secretAccessKey.trim() };
  return () => Promise.resolve(credentials);
}
