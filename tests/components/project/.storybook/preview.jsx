import { ForebayProvider } from "forebay/react";
import { testing } from "forebay/testing";

const { app, server } = testing();

export default {
  // What a story's own `parameters.forebay` says is answered, and nothing else is asked for.
  loaders: [
    ({ parameters }) => {
      server.reset();
      server.answer(parameters.forebay ?? {});
    },
  ],
  decorators: [(Story) => <ForebayProvider app={app}><Story /></ForebayProvider>],
};
