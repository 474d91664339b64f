import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Modal from "@cloudscape-design/components/modal";
import ProgressBar from "@cloudscape-design/components/progress-bar";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useEffect, useEffectEvent, useState } from "react";
import { Failure } from "../../parts/Failure";
import { type Search, useReadAudit } from "./api";
import { collect, exportLimit, fileOf, type Format, save } from "./export";

type State = { phase: "reading"; count: number } | { phase: "done"; count: number; whole: boolean } | { phase: "failed"; error: unknown };

const counted = new Intl.NumberFormat();

// ExportDialog reads all that a search matches and has the browser keep it. Closing it ends that.
export function ExportDialog({ format, search, close }: { format: Format; search: Search; close(): void }) {
  const [state, setState] = useState<State>({ phase: "reading", count: 0 });
  const read = useReadAudit();
  const run = useEffectEvent(async (signal: AbortSignal) => {
    try {
      const { records, whole } = await collect(
        (token, size, pageSignal) => read(search, token, size, pageSignal),
        (count) => setState({ phase: "reading", count }),
        signal,
      );
      signal.throwIfAborted();
      save(fileOf(format, records), `audit-${new Date().toISOString().slice(0, 19).replaceAll(":", "")}.${format}`);
      setState({ phase: "done", count: records.length, whole });
    } catch (error) {
      if (!signal.aborted) {
        setState({ phase: "failed", error });
      }
    }
  });
  useEffect(() => {
    const abort = new AbortController();
    void run(abort.signal);
    return () => abort.abort();
  }, []);
  const reading = state.phase === "reading";
  return (
    <Modal
      visible
      header={format === "json" ? "Export as CloudTrail JSON" : "Export as CSV"}
      closeAriaLabel="Close"
      onDismiss={({ detail }) => detail.reason !== "overlay" && close()}
      footer={
        <Box float="right">
          <Button variant={reading ? "normal" : "primary"} onClick={close}>
            {reading ? "Cancel" : "Close"}
          </Button>
        </Box>
      }
    >
      <SpaceBetween size="m">
        {state.phase === "failed" && <Failure doing="The records were not exported" error={state.error} />}
        {state.phase !== "failed" && (
          <ProgressBar
            value={reading ? (100 * state.count) / exportLimit : 100}
            label="Records that match the search"
            description={`At most ${counted.format(exportLimit)} go into one file.`}
            status={reading ? "in-progress" : "success"}
            additionalInfo={reading ? `${counted.format(state.count)} read` : undefined}
            resultText={reading ? undefined : `${counted.format(state.count)} exported`}
          />
        )}
        {state.phase === "done" && !state.whole && (
          <Box fontWeight="bold">There are more: these are the newest {counted.format(exportLimit)}. Search for an earlier time to export the others.</Box>
        )}
      </SpaceBetween>
    </Modal>
  );
}
