// The screens and their addresses, below /admin. Each is loaded when it is first shown.
import { lazy } from "react";
import { type RouteObject } from "react-router";
import { NotFound } from "./NotFound";

const Access = lazy(() => import("../screens/access/Access"));
const AccountPage = lazy(() => import("../screens/accounts/AccountPage"));
const Accounts = lazy(() => import("../screens/accounts/Accounts"));
const AppDetail = lazy(() => import("../screens/apps/AppDetail"));
const Apps = lazy(() => import("../screens/apps/Apps"));
const Audit = lazy(() => import("../screens/audit/Audit"));
const AuditDetail = lazy(() => import("../screens/audit/AuditDetail"));
const Bulk = lazy(() => import("../screens/bulk/Bulk"));
const BulkRun = lazy(() => import("../screens/bulk/BulkRun"));
const Dashboard = lazy(() => import("../screens/dashboard/Dashboard"));
const NewBulkRun = lazy(() => import("../screens/bulk/NewBulkRun"));
const PrincipalDetail = lazy(() => import("../screens/access/PrincipalDetail"));
const UserPage = lazy(() => import("../screens/user/UserPage"));

export const screens: RouteObject[] = [
  { path: "/", element: <Dashboard /> },
  { path: "/access", element: <Access tab="principals" /> },
  { path: "/access/administrators", element: <Access tab="administrators" /> },
  { path: "/access/policies", element: <Access tab="policies" /> },
  { path: "/access/principals", element: <Access tab="principals" /> },
  { path: "/access/principals/:name", element: <PrincipalDetail /> },
  { path: "/access/simulator", element: <Access tab="simulator" /> },
  { path: "/accounts", element: <Accounts /> },
  { path: "/accounts/:accountId/:tab?", element: <AccountPage /> },
  { path: "/accounts/:accountId/users/:userId", element: <UserPage /> },
  { path: "/apps", element: <Apps /> },
  { path: "/apps/:clientId", element: <AppDetail /> },
  { path: "/audit", element: <Audit /> },
  { path: "/audit/:eventId", element: <AuditDetail /> },
  { path: "/bulk", element: <Bulk /> },
  { path: "/bulk/new", element: <NewBulkRun /> },
  { path: "/bulk/:runId", element: <BulkRun /> },
  { path: "*", element: <NotFound /> },
];
