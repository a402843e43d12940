export default {
  test: {
    globals: true,
    include: ["**/*.spec.{js,jsx}"],
    environment: process.env.ENVIRONMENT,
    // As where other packages of the same build import it: then it is resolved as for a page.
    server: { deps: { inline: process.env.INLINE ? [/forebay/] : [] } },
  },
};
