import Button from "@cloudscape-design/components/button";
import Input from "@cloudscape-design/components/input";
import Select, { type SelectProps } from "@cloudscape-design/components/select";
import { useAllowed } from "../../api/allowed";
import { useTyped } from "../../parts/useTyped";
import { isAddress } from "../accounts/api";
import { type Filter, isFiltered } from "./api";

const choices: Record<"status" | "license" | "user-type", { label: string; options: SelectProps.Option[] }> = {
  status: {
    label: "Status",
    options: [
      { value: "", label: "Any status" },
      { value: "Registered", label: "Registered" },
      { value: "Unregistered", label: "Invited" },
      { value: "Suspended", label: "Suspended" },
    ],
  },
  license: {
    label: "License",
    options: [
      { value: "", label: "Any license" },
      { value: "Pro", label: "Pro" },
      { value: "Basic", label: "Basic" },
    ],
  },
  "user-type": {
    label: "Type",
    options: [
      { value: "", label: "Users and devices" },
      { value: "PrivateUser", label: "Users" },
      { value: "SharedDevice", label: "Shared devices" },
    ],
  },
};

// UserFilter narrows the list of users. What it is narrowed by is part of the page's address.
export function UserFilter({ account, value, change }: { account: string; value: Filter; change(next: Filter): void }) {
  const gate = useAllowed(account)("chime:ListUsersByFilter");
  const [text, setText] = useTyped(value["email-prefix"], (typed) => {
    // Without the filter the server looks for whole addresses alone.
    if (!gate.disabled || !typed || isAddress(typed)) {
      change({ ...value, "email-prefix": typed });
    }
  });
  const select = (name: keyof typeof choices) => (
    <Select
      key={name}
      ariaLabel={choices[name].label}
      options={choices[name].options}
      selectedOption={choices[name].options.find((option) => option.value === value[name]) ?? choices[name].options[0]!}
      onChange={({ detail }) => change({ ...value, [name]: detail.selectedOption.value ?? "" })}
      disabled={gate.disabled && name !== "user-type"}
    />
  );
  const clear = () => {
    setText("");
    change({ "email-prefix": "", status: "", license: "", "user-type": "" });
  };
  return (
    <div className="filters" title={gate.disabledReason}>
      <Input
        type="search"
        value={text}
        onChange={({ detail }) => setText(detail.value)}
        placeholder={gate.disabled ? "A whole address" : "The beginning of an address"}
        ariaLabel="Search users by address"
        clearAriaLabel="Clear the search"
      />
      {select("status")}
      {select("license")}
      {select("user-type")}
      <Button formAction="none" disabled={!isFiltered(value) && !text} onClick={clear}>
        Clear filters
      </Button>
    </div>
  );
}
