// What the console says in passing, at the top of every screen.
import Flashbar, { type FlashbarProps } from "@cloudscape-design/components/flashbar";
import { createContext, type ReactNode, use, useCallback, useMemo, useState } from "react";
import { describe } from "../api/errors";
import { useReached } from "../api/reach";
import { randomId } from "./random";

interface Notices {
  items: FlashbarProps.MessageDefinition[];
  success(text: ReactNode): void;
  warning(header: string, text: ReactNode): void;
  failure(doing: string, error: unknown): void;
}

const Context = createContext<Notices | null>(null);

// keep is how many notices are kept: older ones make room.
const keep = 5;

export function NoticesProvider({ children }: { children: ReactNode }) {
  const [items, setItems] = useState<FlashbarProps.MessageDefinition[]>([]);
  const add = useCallback((item: FlashbarProps.MessageDefinition) => {
    const id = randomId();
    const dismiss = () => setItems((all) => all.filter((other) => other.id !== id));
    // What went well is of interest until the next thing does.
    const others = (all: FlashbarProps.MessageDefinition[]) => (item.type === "success" ? all.filter(({ type }) => type !== "success") : all);
    setItems((all) => [{ ...item, id, dismissible: true, dismissLabel: "Dismiss", onDismiss: dismiss }, ...others(all)].slice(0, keep));
  }, []);
  const notices = useMemo(
    () => ({
      items,
      success: (content: ReactNode) => add({ type: "success", content }),
      warning: (header: string, content: ReactNode) => add({ type: "warning", header, content }),
      failure: (doing: string, error: unknown) => add({ type: "error", header: doing, content: describe(error) }),
    }),
    [items, add],
  );
  return <Context value={notices}>{children}</Context>;
}

export function useNotices(): Notices {
  const notices = use(Context);
  if (!notices) {
    throw new Error("useNotices outside of its provider");
  }
  return notices;
}

const away: FlashbarProps.MessageDefinition = {
  id: "away",
  type: "warning",
  loading: true,
  header: "The server cannot be reached",
  content: "It is tried again until it answers. What you have typed stays.",
};

export function Notices() {
  const { items } = useNotices();
  const reached = useReached();
  return <Flashbar items={reached ? items : [away, ...items]} stackItems />;
}
