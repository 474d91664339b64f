import "./parts.css";
import CopyToClipboard from "@cloudscape-design/components/copy-to-clipboard";

// Copyable is a text that is there to be used elsewhere. what names it for whoever does not see it. In prose it looks like
// the text around it.
export function Copyable({ text, what, prose = false }: { text: string; what: string; prose?: boolean }) {
  return (
    <CopyToClipboard
      variant="inline"
      textToCopy={text}
      textToDisplay={prose ? <bdi className="of-person">{text}</bdi> : <code className="copyable">{text}</code>}
      wrapText
      copyButtonAriaLabel={`Copy ${what}`}
      copySuccessText="Copied"
      copyErrorText="The browser did not let it be copied: select it instead"
    />
  );
}
