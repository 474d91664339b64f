import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Textarea from "@cloudscape-design/components/textarea";
import { lines } from "../../parts/lines";
import type { App } from "./api";

// Draft is an app as it is being typed.
export interface Draft {
  name: string;
  redirects: string;
  afterLogout: string;
  backchannel: string;
}

export function draftOf(app?: App): Draft {
  return {
    name: app?.Name ?? "",
    redirects: (app?.RedirectUris ?? []).join("\n"),
    afterLogout: (app?.PostLogoutRedirectUris ?? []).join("\n"),
    backchannel: app?.BackchannelLogoutUri ?? "",
  };
}

// bodyOf is the draft as the server takes it.
export function bodyOf(draft: Draft) {
  return {
    Name: draft.name.trim(),
    RedirectUris: lines(draft.redirects),
    PostLogoutRedirectUris: lines(draft.afterLogout),
    BackchannelLogoutUri: draft.backchannel.trim(),
  };
}

export function missing(draft: Draft): string | undefined {
  if (!draft.name.trim()) {
    return "Type a name first.";
  }
  return lines(draft.redirects).length ? undefined : "Type a redirect URI first.";
}

export function AppFields({ draft, change }: { draft: Draft; change(draft: Draft): void }) {
  return (
    <SpaceBetween size="m">
      <FormField label="Name" description="People see it when they sign in.">
        <Input value={draft.name} onChange={({ detail }) => change({ ...draft, name: detail.value })} autoComplete="off" />
      </FormField>
      <FormField
        label="Redirect URIs"
        description="Where people may be sent after signing in, one a line, byte for byte."
        constraintText="https, or http on localhost, or a private-use scheme such as com.example.app:/callback."
      >
        <Textarea value={draft.redirects} rows={3} onChange={({ detail }) => change({ ...draft, redirects: detail.value })} spellcheck={false} />
      </FormField>
      <FormField label="Post-logout redirect URIs" description="Where people may be sent after signing out, one a line. There may be none.">
        <Textarea value={draft.afterLogout} rows={2} onChange={({ detail }) => change({ ...draft, afterLogout: detail.value })} spellcheck={false} />
      </FormField>
      <FormField label="Back-channel logout URI" description="Where the app is told that somebody was signed out. Without one it finds out when it asks.">
        <Input value={draft.backchannel} onChange={({ detail }) => change({ ...draft, backchannel: detail.value })} type="url" autoComplete="off" spellcheck={false} />
      </FormField>
    </SpaceBetween>
  );
}
