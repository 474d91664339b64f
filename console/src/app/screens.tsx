// The screens and their addresses, below /admin. Each is loaded when it is first shown.
import Box from "@cloudscape-design/components/box";
import { lazy } from "react";
import { type RouteObject } from "react-router";

const Accounts = lazy(() => import("../screens/accounts/Accounts"));

export const screens: RouteObject[] = [
  { path: "/accounts", element: <Accounts /> },
  { path: "*", element: <Box variant="h1">There is no such page</Box> },
];
