export function Administrators() { return null; }
