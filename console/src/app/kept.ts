import { useState } from "react";

// useKept is a choice that this browser remembers under the key. What is kept there is laid over what is chosen at first.
export function useKept<Value extends object>(key: string, first: Value | (() => Value)): [Value, (next: Value) => void] {
  const [value, setValue] = useState<Value>(() => ({ ...(typeof first === "function" ? first() : first), ...read(key) }));
  return [
    value,
    (next) => {
      localStorage.setItem(key, JSON.stringify(next));
      setValue(next);
    },
  ];
}

function read(key: string): object {
  try {
    return JSON.parse(localStorage.getItem(key) ?? "{}") as object;
  } catch {
    return {}; // it is no one's that we know
  }
}
