/**
 * Where the script-tag build was loaded from. It has no `import.meta.url`, so the build puts this value in
 * its place; `document.currentScript` is only set while the script runs for the first time.
 */
export const forebayScriptUrl: string =
  (document.currentScript as HTMLScriptElement | null)?.src || document.baseURI;
