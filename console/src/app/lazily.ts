import { type ComponentType, lazy } from "react";
import { answers, lost, reachedAgain } from "../api/reach";

// lazily is a screen whose code is loaded when it is first shown. While the server is away that waits; it fails only when
// the server has no such file, which is so after an update.
export function lazily<Props extends object>(load: () => Promise<{ default: ComponentType<Props> }>) {
  const persist = async (): Promise<{ default: ComponentType<Props> }> => {
    try {
      return await load();
    } catch (error) {
      if (await answers()) {
        throw error;
      }
      lost();
      await reachedAgain();
      return persist();
    }
  };
  return lazy(persist);
}
