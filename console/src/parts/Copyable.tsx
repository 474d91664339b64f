import "./parts.css";
import CopyToClipboard from "@cloudscape-design/components/copy-to-clipboard";

// Copyable is a text that is there to be used elsewhere. what names it for whoever does not see it.
export function Copyable({ text, what }: { text: string; what: string }) {
  return (
    <CopyToClipboard
      variant="inline"
      textToCopy={text}
      textToDisplay={<code className="copyable">{text}</code>}
      wrapText
      copyButtonAriaLabel={`Copy ${what}`}
      copySuccessText="Copied"
      copyErrorText="The browser did not let it be copied: select it instead"
    />
  );
}
