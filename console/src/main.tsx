import "@cloudscape-design/global-styles/index.css";
import "./app/console.css";
import { I18nProvider } from "@cloudscape-design/components/i18n";
import messages from "@cloudscape-design/components/i18n/messages/all.en";
import { QueryClientProvider } from "@tanstack/react-query";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { createBrowserRouter, RouterProvider } from "react-router";
import { newQueries } from "./api/queries";
import { Broken } from "./app/Broken";
import { Frame } from "./app/frame";
import { NoticesProvider } from "./app/notices";
import { screens } from "./app/screens";
import { SignIn } from "./session/SignIn";
import { SignedIn } from "./session/session";

const router = createBrowserRouter(
  [{ element: <Frame />, errorElement: <Broken />, children: [{ errorElement: <Broken />, children: screens }] }],
  { basename: "/admin" },
);

createRoot(document.getElementById("root")!).render(
  <StrictMode>
    <I18nProvider locale="en" messages={[messages]}>
      <QueryClientProvider client={newQueries()}>
        <NoticesProvider>
          <SignedIn signIn={(enter, reason) => <SignIn enter={enter} reason={reason} />}>
            <RouterProvider router={router} />
          </SignedIn>
        </NoticesProvider>
      </QueryClientProvider>
    </I18nProvider>
  </StrictMode>,
);
