// Who is signed in to the console, and the clients that speak for them.
import { ChimeClient } from "@aws-sdk/client-chime";
import { createContext, type ReactNode, use, useCallback, useEffect, useMemo, useState } from "react";
import { Extensions } from "../api/extensions";
import { ofPerson, SignedOut, type Source } from "./credentials";

// Caller is whom the server takes the console's requests for.
export interface Caller {
  Arn: string;
  Principal: string;
  Tenant: string;
  UserId?: string;
  AccountId?: string;
  DisplayName?: string;
  // AllowedActions are what the caller may do where it was asked about: on an account, or on the tenant.
  AllowedActions: string[];
}

export interface Session {
  caller: Caller;
  chime: ChimeClient;
  extensions: Extensions;
  signOut(): void;
}

const Context = createContext<Session | null>(null);

// useSession returns the session of whoever is signed in; it is used below Signed alone.
export function useSession(): Session {
  const session = use(Context);
  if (!session) {
    throw new Error("useSession outside of a session");
  }
  return session;
}

type State = { phase: "asking" } | { phase: "out"; reason?: unknown } | { phase: "in"; session: Omit<Session, "signOut"> };

async function begin(source: Source): Promise<Omit<Session, "signOut">> {
  const extensions = new Extensions(source);
  const caller = await extensions.call<Caller>("GET", ["caller"]);
  const chime = new ChimeClient({
    endpoint: location.origin,
    region: "us-east-1",
    credentials: source,
    maxAttempts: 5,
    retryMode: "adaptive",
  });
  return { caller, chime, extensions };
}

// SignedIn shows its children to whoever is signed in, and signIn to everybody else. Somebody who is signed in to this
// browser as an administrator is at once.
export function SignedIn({
  children,
  signIn,
}: {
  children: ReactNode;
  signIn: (enter: (source: Source) => Promise<void>, reason: unknown) => ReactNode;
}) {
  const [state, setState] = useState<State>({ phase: "asking" });
  useEffect(() => {
    begin(ofPerson()).then(
      (session) => setState({ phase: "in", session }),
      (error: unknown) => setState({ phase: "out", reason: error instanceof SignedOut ? undefined : error }),
    );
  }, []);
  const enter = useCallback(async (source: Source) => setState({ phase: "in", session: await begin(source) }), []);
  const signOut = useCallback(() => setState({ phase: "out" }), []);
  const session = useMemo(() => (state.phase === "in" ? { ...state.session, signOut } : null), [state, signOut]);
  if (session) {
    return <Context value={session}>{children}</Context>;
  }
  return state.phase === "out" ? signIn(enter, state.reason) : null;
}
