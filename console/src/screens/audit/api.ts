// The audit, as the server has it.
import { useMemo } from "react";
import { useSearchParams } from "react-router";
import { useSession } from "../../session/session";
import type { Page } from "../../app/pages";
import type { AuditRecord } from "./record";

// Search is what the records are to match; "" matches all.
export interface Search {
  operation: string;
  principal: string;
  "account-id": string;
  since: string;
  until: string;
}

const names: (keyof Search)[] = ["operation", "principal", "account-id", "since", "until"];

export const auditKey = ["audit"];

// useSearch is the search that stands in the address, so that it can be sent and gone back to.
export function useSearch(): [Search, (search: Search) => void] {
  const [params, setParams] = useSearchParams();
  const search = useMemo(() => Object.fromEntries(names.map((name) => [name, params.get(name) ?? ""])) as unknown as Search, [params]);
  return [search, (next) => setParams(Object.fromEntries(names.filter((name) => next[name]).map((name) => [name, next[name]])))];
}

// useReadAudit returns a function that reads a page of the records that match, newest first.
export function useReadAudit() {
  const { extensions } = useSession();
  return async (search: Search, token: string | undefined, size: number, signal: AbortSignal): Promise<Page<AuditRecord>> => {
    const page = await extensions.call<{ Records: AuditRecord[] | null; NextToken: string | null }>(
      "GET",
      ["audit"],
      { ...search, "next-token": token, "max-results": size },
      undefined,
      signal,
    );
    return { items: page.Records ?? [], next: page.NextToken };
  };
}
