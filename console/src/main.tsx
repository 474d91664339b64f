import "@cloudscape-design/global-styles/index.css";
import { ChimeClient, ListAccountsCommand } from "@aws-sdk/client-chime";
import AppLayout from "@cloudscape-design/components/app-layout";
import Table from "@cloudscape-design/components/table";
import TopNavigation from "@cloudscape-design/components/top-navigation";
import PropertyFilter from "@cloudscape-design/components/property-filter";
import Modal from "@cloudscape-design/components/modal";
import Flashbar from "@cloudscape-design/components/flashbar";
import SplitPanel from "@cloudscape-design/components/split-panel";
import { StrictMode, useEffect, useState } from "react";
import { createRoot } from "react-dom/client";

const client = new ChimeClient({ endpoint: location.origin, region: "us-east-1", credentials: { accessKeyId: "a", secretAccessKey: "b" } });

function App() {
  const [items, setItems] = useState<unknown[]>([]);
  useEffect(() => {
    client.send(new ListAccountsCommand({})).then((o) => setItems(o.Accounts ?? []), () => undefined);
  }, []);
  return (
    <>
      <TopNavigation identity={{ href: "/admin/", title: "Carillon" }} utilities={[]} />
      <AppLayout
        splitPanel={<SplitPanel header="x">y</SplitPanel>}
        notifications={<Flashbar items={[]} />}
        content={<><Table items={items} columnDefinitions={[{ id: "a", header: "A", cell: () => "a" }]} /><Modal visible={false}/></>}
      />
    </>
  );
}
void PropertyFilter;
createRoot(document.getElementById("root")!).render(<StrictMode><App /></StrictMode>);
