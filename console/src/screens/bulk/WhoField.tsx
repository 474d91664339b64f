// Who is meant: text that is typed, pasted, or from a file.
import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import FileUpload from "@cloudscape-design/components/file-upload";
import FormField from "@cloudscape-design/components/form-field";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Textarea from "@cloudscape-design/components/textarea";
import Token from "@cloudscape-design/components/token";
import type { ClipboardEvent } from "react";
import { BadList, decode, type Entries, readEntries } from "../../bulk/entries";
import { count } from "./words";

// Source is the list as it was given.
export interface Source {
  text: string;
  // name is that of what is too long to be shown; "" for what was typed.
  name: string;
  read: Entries;
  error?: string;
}

export const noSource: Source = { text: "", name: "", read: { entries: [], repeated: 0 } };

// sourceOf reads a list.
export function sourceOf(text: string, name: string): Source {
  try {
    return { text, name, read: readEntries(text) };
  } catch (error) {
    if (error instanceof BadList) {
      return { ...noSource, text, name, error: error.message };
    }
    throw error;
  }
}

// shownText is how long a text may be to be edited in the page, in characters. Longer ones would make it slow.
const shownText = 20_000;

export function WhoField({ source, change }: { source: Source; change(source: Source): void }) {
  const { text, name, read, error } = source;
  const paste = (event: ClipboardEvent) => {
    const pasted = event.clipboardData.getData("text/plain");
    if (pasted.length > shownText) {
      event.preventDefault();
      change(sourceOf(text + "\n" + pasted, "Pasted list"));
    }
  };
  const upload = async (files: File[]) => {
    const file = files[0];
    if (!file) {
      return;
    }
    try {
      change(sourceOf(await decode(file), file.name));
    } catch (refusal) {
      change({ ...noSource, name: file.name, error: refusal instanceof Error ? refusal.message : String(refusal) });
    }
  };
  return (
    <SpaceBetween size="s">
      {name === "" ? (
        <FormField
          label="Addresses or user ids"
          description="One a line, or separated by commas, semicolons or tabs. Names before addresses are left out. Or CSV with a column Entry, UserId or EmailAddress."
          errorText={error}
          stretch
        >
          <div onPasteCapture={paste}>
            <Textarea
              value={text}
              rows={8}
              spellcheck={false}
              autoComplete={false}
              placeholder={"ada@example.com\nGrace Hopper <grace@example.com>"}
              onChange={({ detail }) => change(sourceOf(detail.value, detail.value.length > shownText ? "Typed list" : ""))}
            />
          </div>
        </FormField>
      ) : (
        <FormField label="List" errorText={error}>
          <Token label={name} variant="normal" dismissLabel={`Remove ${name}`} onDismiss={() => change(noSource)} />
        </FormField>
      )}
      <FileUpload
        value={[]}
        accept=".csv,.txt,.tsv,text/plain,text/csv"
        constraintText="Text or CSV in UTF-8, up to 100,000 entries."
        onChange={({ detail }) => void upload(detail.value)}
        i18nStrings={{
          uploadButtonText: () => "Choose a file",
          dropzoneText: () => "Drop a file here",
          removeFileAriaLabel: () => "Remove the file",
          limitShowFewer: "Show fewer",
          limitShowMore: "Show more",
          errorIconAriaLabel: "Error",
        }}
      />
      <div aria-live="polite">
        {read.entries.length > 0 && (
          <Box>
            {count(read.entries.length, "entry", "entries")}
            {read.repeated > 0 && `; ${count(read.repeated, "was there again and is left out", "were there again and are left out")}`}
          </Box>
        )}
      </div>
      {name === "" && error && <Alert type="error">{error}</Alert>}
    </SpaceBetween>
  );
}
