import { useEffect, useRef, useState } from "react";

// pause is how long nothing is typed before it is searched for, in milliseconds.
const pause = 300;

// useTyped is a text that is being typed: it is passed on when whoever types it pauses. It follows the value when that
// changes from elsewhere.
export function useTyped(value: string, pass: (text: string) => void): [string, (text: string) => void] {
  const [text, setText] = useState(value);
  const passed = useRef(value);
  const latest = useRef(pass);
  useEffect(() => {
    latest.current = pass;
  });
  useEffect(() => {
    if (value !== passed.current) {
      passed.current = value;
      setText(value);
    }
  }, [value]);
  useEffect(() => {
    const trimmed = text.trim();
    if (trimmed === passed.current) {
      return;
    }
    const timer = setTimeout(() => {
      if (trimmed === passed.current) {
        return; // it was changed from elsewhere meanwhile
      }
      passed.current = trimmed;
      latest.current(trimmed);
    }, pause);
    return () => clearTimeout(timer);
  }, [text]);
  return [text, setText];
}
