// The screens and their addresses, below /admin. Each is loaded when it is first shown.
import { lazy } from "react";
import { type RouteObject } from "react-router";
import { NotFound } from "./NotFound";

const Access = lazy(() => import("../screens/access/Access"));
const Accounts = lazy(() => import("../screens/accounts/Accounts"));
const AppDetail = lazy(() => import("../screens/apps/AppDetail"));
const Apps = lazy(() => import("../screens/apps/Apps"));
const Audit = lazy(() => import("../screens/audit/Audit"));
const AuditDetail = lazy(() => import("../screens/audit/AuditDetail"));
const Dashboard = lazy(() => import("../screens/dashboard/Dashboard"));
const PrincipalDetail = lazy(() => import("../screens/access/PrincipalDetail"));

export const screens: RouteObject[] = [
  { path: "/", element: <Dashboard /> },
  { path: "/access", element: <Access tab="principals" /> },
  { path: "/access/administrators", element: <Access tab="administrators" /> },
  { path: "/access/policies", element: <Access tab="policies" /> },
  { path: "/access/principals", element: <Access tab="principals" /> },
  { path: "/access/principals/:name", element: <PrincipalDetail /> },
  { path: "/access/simulator", element: <Access tab="simulator" /> },
  { path: "/accounts", element: <Accounts /> },
  { path: "/apps", element: <Apps /> },
  { path: "/apps/:clientId", element: <AppDetail /> },
  { path: "/audit", element: <Audit /> },
  { path: "/audit/:eventId", element: <AuditDetail /> },
  { path: "*", element: <NotFound /> },
];
