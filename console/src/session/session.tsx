// Who is signed in to the console, and the clients that speak for them.
import { ChimeClient } from "@aws-sdk/client-chime";
import { useQueryClient } from "@tanstack/react-query";
import { createContext, type ReactNode, use, useCallback, useEffect, useMemo, useRef, useState } from "react";
import { attempt } from "../api/attempts";
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
  // signOut forgets the credentials. A person stays signed in to Carillon itself.
  signOut(): void;
}

const Context = createContext<Session | null>(null);

// useSession returns the session of whoever is signed in; it is used below SignedIn alone.
export function useSession(): Session {
  const session = use(Context);
  if (!session) {
    throw new Error("useSession outside of a session");
  }
  return session;
}

type Clients = Omit<Session, "signOut">;
type State = { phase: "asking" } | { phase: "out"; reason?: unknown } | { phase: "in"; clients: Clients };

async function begin(source: Source, ended: (reason: SignedOut) => void): Promise<Clients> {
  const extensions = new Extensions(source, ended);
  const caller = await extensions.call<Caller>("GET", ["caller"]);
  const chime = new ChimeClient({
    endpoint: location.origin,
    region: "us-east-1",
    // The source keeps the credentials itself, and knows when they end.
    credentials: Object.assign(source, { memoized: true }),
    maxAttempts: 1,
  });
  chime.middlewareStack.add((next) => (args) => attempt(source, ended, () => next(args)), { step: "initialize", priority: "high" });
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
  const queries = useQueryClient();
  const leave = useCallback(
    (reason?: unknown) => {
      queries.clear(); // what one administrator saw is not for the next
      setState({ phase: "out", reason });
    },
    [queries],
  );
  const enter = useCallback(
    async (source: Source) => {
      let entered = false;
      const clients = await begin(source, (reason) => entered && leave(reason));
      entered = true;
      setState({ phase: "in", clients });
    },
    [leave],
  );
  const asked = useRef(false);
  useEffect(() => {
    if (!asked.current) {
      asked.current = true;
      // That nobody has signed in yet is nothing to complain of.
      enter(ofPerson()).catch((error: unknown) => leave(error instanceof SignedOut && !error.reason ? undefined : error));
    }
  }, [enter, leave]);
  const session = useMemo(() => (state.phase === "in" ? { ...state.clients, signOut: () => leave() } : null), [state, leave]);
  if (session) {
    return <Context value={session}>{children}</Context>;
  }
  return state.phase === "out" ? signIn(enter, state.reason) : null;
}
