import ExpandableSection from "@cloudscape-design/components/expandable-section";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import { Copyable } from "../../parts/Copyable";
import type { OpenIdAnswer } from "./api";

// CallbackAddresses are what the provider has to know of Carillon before it is connected.
export function CallbackAddresses({ answer: { OpenIdConfig, CallbackUrl, BackchannelLogoutUrl } }: { answer: OpenIdAnswer }) {
  const items = [
    { label: "Redirect URI", text: CallbackUrl, what: "the redirect URI" },
    { label: "Back-channel logout URI", text: BackchannelLogoutUrl, what: "the back-channel logout URI" },
  ];
  return (
    <ExpandableSection headerText="Addresses to register at the provider" defaultExpanded={!OpenIdConfig}>
      <KeyValuePairs
        columns={1}
        items={items.flatMap(({ label, text, what }) => (text ? [{ label, value: <Copyable text={text} what={what} /> }] : []))}
      />
    </ExpandableSection>
  );
}
