// What hangs on one user, as the server has it.
import { GetUserSettingsCommand } from "@aws-sdk/client-chime";
import { useQuery } from "@tanstack/react-query";
import type { Gate } from "../../api/allowed";
import { type Page, gather, usePages } from "../../app/pages";
import { useSession } from "../../session/session";
import { userKey } from "../users/api";

export interface UserSession {
  SessionId: string;
  Device: string;
  Method: string;
  CreatedTimestamp: string;
  Apps: string[] | null;
}

export interface Signout {
  EventId: string;
  Kind: "SignedOut" | "SessionEnded";
  CreatedTimestamp: string;
  ClientId: string | null;
  AppName: string | null;
  Status: "Pending" | "Confirmed" | "Failed";
  ConfirmedTimestamp: string | null;
  NextTryTimestamp?: string | null;
  Attempts: number;
  Error: string | null;
}

export interface HistoryRecord {
  EventId: string;
  EventTime: string;
  EventName: string;
  Principal: string;
  ErrorCode: string | null;
  UserErrorCode: string | null;
  Repeats: number;
}

const part = (account: string, user: string, name: string) => ["accounts", account, "users", user, name];

export const sessionsKey = (account: string, user: string) => [...userKey(account, user), "sessions"];
export const settingsKey = (account: string, user: string) => [...userKey(account, user), "settings"];

// The screen is looked at while something happens, so it is asked again by itself: often while apps are being told, in
// milliseconds.
const now = 1000;
const soon = 5000;

export function useUserSessions(account: string, user: string, enabled: boolean) {
  const { extensions } = useSession();
  return useQuery({
    queryKey: sessionsKey(account, user),
    queryFn: ({ signal }) => extensions.call<{ Sessions: UserSession[] }>("GET", part(account, user, "sessions"), {}, undefined, signal),
    select: ({ Sessions }) => Sessions,
    refetchInterval: soon,
    enabled,
  });
}

export function useSignouts(account: string, user: string, enabled: boolean) {
  const { extensions } = useSession();
  return useQuery({
    queryKey: [...userKey(account, user), "signouts"],
    queryFn: ({ signal }) => extensions.call<{ Signouts: Signout[] }>("GET", part(account, user, "signouts"), {}, undefined, signal),
    select: ({ Signouts }) => Signouts,
    refetchInterval: ({ state }) => (state.data?.Signouts.some(({ Status }) => Status === "Pending") ? now : soon / 2),
    enabled,
  });
}

// steps is how many bounded parts of the account's audit are looked through for one page.
const steps = 5;
const pageSize = 20;

export function useHistory(account: string, user: string, gate: Gate) {
  const { extensions } = useSession();
  return usePages<HistoryRecord>(
    [...userKey(account, user), "history"],
    (token, signal) =>
      gather(token, pageSize, steps, async (after, size): Promise<Page<HistoryRecord>> => {
        const query = { "next-token": after, "max-results": size };
        const answer = await extensions.call<{ Records: HistoryRecord[]; NextToken: string | null }>(
          "GET",
          part(account, user, "history"),
          query,
          undefined,
          signal,
        );
        return { items: answer.Records, next: answer.NextToken };
      }),
    { gate },
  );
}

export function useUserSettings(account: string, user: string, enabled: boolean) {
  const { chime } = useSession();
  return useQuery({
    queryKey: settingsKey(account, user),
    queryFn: async ({ signal }) =>
      (await chime.send(new GetUserSettingsCommand({ AccountId: account, UserId: user }), { abortSignal: signal })).UserSettings,
    enabled,
  });
}
