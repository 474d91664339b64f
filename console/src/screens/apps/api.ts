// The apps that people sign in to, as the server has them.
import { useQuery } from "@tanstack/react-query";
import { useSession } from "../../session/session";

export interface App {
  ClientId: string;
  Name: string;
  Public: boolean;
  RedirectUris: string[] | null;
  PostLogoutRedirectUris: string[] | null;
  BackchannelLogoutUri: string | null;
  CreatedTimestamp: string;
}

export interface AppAnswer {
  App: App;
  ClientSecret?: string | null; // only when it is new
}

export const appsKey = ["apps"];

export function useApp(clientId: string) {
  const { extensions } = useSession();
  return useQuery({
    queryKey: [...appsKey, "one", clientId],
    queryFn: () => extensions.call<AppAnswer>("GET", ["apps", clientId]),
    select: ({ App }) => App,
  });
}

// useIssuer returns the address by which an app finds this server's OpenID endpoints.
export function useIssuer() {
  return useQuery({
    queryKey: ["issuer"],
    queryFn: async ({ signal }) => {
      const response = await fetch("/.well-known/openid-configuration", { signal });
      if (!response.ok) {
        throw new Error(`The server answered ${response.status}.`);
      }
      return ((await response.json()) as { issuer: string }).issuer;
    },
    staleTime: Infinity,
  });
}
