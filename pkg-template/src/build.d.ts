/** The package's version, put in by the build. */
declare const FOREBAY_VERSION: string;
