import { withNativeFederation } from "@softarc/native-federation/config";

export default withNativeFederation({
  name: "alerts",
  exposes: { "./app": "./apps/alerts.js" },
  shared: { forebay: { singleton: true, requiredVersion: "^0.1.0" } },
});
