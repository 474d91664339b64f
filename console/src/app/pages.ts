// Lists that the server hands out page by page, each page naming the next one by a token. One page is kept on the
// screen at a time, so that it does not matter how long the list is.
import type { PaginationProps } from "@cloudscape-design/components/pagination";
import { hashKey, type QueryKey, useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { type Gate, isKnown } from "../api/allowed";

// A Page is what the server answered; next is the token of the page after it, and absent on the last one.
export interface Page<Item> {
  items: Item[];
  next: string | null | undefined;
}

export interface Pages<Item> {
  items: Item[];
  // loading says that there is nothing to show yet; refreshing, that what is shown is being asked for again.
  loading: boolean;
  refreshing: boolean;
  error: Error | null;
  // denied is why the caller may not read the list.
  denied: string | undefined;
  // more says that the list goes on, which an empty page does not rule out.
  more: boolean;
  pagination: Pick<PaginationProps, "currentPageIndex" | "pagesCount" | "openEnd" | "onChange">;
  next(): void;
  refetch(): void;
}

interface Position {
  list: string;
  // tokens are those of the pages that are known to be, in order; the first one needs none.
  tokens: (string | undefined)[];
  index: number;
  // ended says that the page of the last token was seen, and was the last.
  ended: boolean;
}

const start = (list: string): Position => ({ list, tokens: [undefined], index: 0, ended: false });

// learn is the position after the page at it was loaded.
function learn(at: Position, { items, next }: Page<unknown>): Position {
  if (items.length === 0 && !next && at.index > 0) {
    return { ...at, tokens: at.tokens.slice(0, at.index), index: at.index - 1, ended: true }; // its last row is gone
  }
  if ((at.tokens[at.index + 1] ?? null) === (next ?? null)) {
    return next || at.ended ? at : { ...at, ended: true };
  }
  return { ...at, tokens: [...at.tokens.slice(0, at.index + 1), ...(next ? [next] : [])], ended: !next };
}

// usePages shows one page of a list. key names the list (what is filtered by belongs to it): another key begins at the
// first page. load asks for the page that the token names, once the gate is known to be open.
export function usePages<Item>(
  key: QueryKey,
  load: (token: string | undefined, signal: AbortSignal) => Promise<Page<Item>>,
  options: { gate?: Gate; refetchInterval?: number } = {},
): Pages<Item> {
  const list = hashKey(key);
  const [kept, setPosition] = useState(() => start(list));
  const position = kept.list === list ? kept : start(list);
  const { tokens, index } = position;
  const token = tokens[index];
  const page = useQuery({
    queryKey: [...key, { token: token ?? null }],
    queryFn: ({ signal }) => load(token, signal),
    // The rows stay until those of the next page have come; those of another list do not.
    placeholderData: (rows, before) => (before && hashKey(before.queryKey.slice(0, -1)) === list ? rows : undefined),
    enabled: !options.gate?.disabled,
    refetchInterval: options.refetchInterval,
  });
  const awaited = page.isFetching || (options.gate !== undefined && !isKnown(options.gate));
  const loaded = page.isPlaceholderData ? undefined : page.data;
  useEffect(() => {
    if (!loaded) {
      return;
    }
    setPosition((before) => learn(before.list === list ? before : start(list), loaded));
  }, [loaded, list]);
  const go = (to: number) => to >= 0 && to < tokens.length && setPosition({ ...position, index: to });
  return {
    items: page.data?.items ?? [],
    loading: page.isPending && awaited,
    refreshing: page.isFetching,
    error: page.error,
    denied: options.gate?.disabledReason,
    more: Boolean(loaded?.next),
    pagination: {
      currentPageIndex: index + 1,
      pagesCount: tokens.length,
      openEnd: !position.ended,
      onChange: ({ detail }) => go(detail.currentPageIndex - 1),
    },
    next: () => go(index + 1),
    refetch: () => void page.refetch(),
  };
}

// gather fills a page of a list that is searched in bounded steps, in which an answer may hold few rows or none and yet
// not be the last. It asks at most steps times.
export async function gather<Item>(
  token: string | undefined,
  size: number,
  steps: number,
  load: (token: string | undefined, size: number) => Promise<Page<Item>>,
): Promise<Page<Item>> {
  const items: Item[] = [];
  let next: string | null | undefined = token;
  for (let step = 0; step < steps && items.length < size; step++) {
    const page = await load(next ?? undefined, size - items.length);
    items.push(...page.items);
    next = page.next;
    if (!next) {
      break;
    }
  }
  return { items, next };
}
