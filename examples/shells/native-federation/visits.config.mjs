import { withNativeFederation } from "@softarc/native-federation/config";

export default withNativeFederation({
  name: "visits",
  exposes: { "./app": "./apps/visits.js" },
  shared: { forebay: { singleton: true, requiredVersion: "^0.1.0" } },
});
