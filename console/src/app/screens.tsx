// The screens and their addresses, below /admin. Each is loaded when it is first shown.
import { lazy } from "react";
import { type RouteObject } from "react-router";
import { NotFound } from "./NotFound";

const Accounts = lazy(() => import("../screens/accounts/Accounts"));

export const screens: RouteObject[] = [
  { path: "/accounts", element: <Accounts /> },
  { path: "*", element: <NotFound /> },
];
