import { act, cleanup, render, screen } from "@testing-library/react";
import preview from "./.storybook/preview.jsx";
import { Visits } from "./src/visits-react.jsx";

/** Stories as Storybook shows them: loaders first, then the decorators around the component. */
async function show({ component: Component, parameters }) {
  for (const load of preview.loaders) await load({ parameters });
  const Story = preview.decorators.reduce((Inner, decorate) => () => decorate(Inner, { parameters }), () => <Component />);
  await act(async () => void render(<Story />));
}

afterEach(cleanup);

test("each story has its own answers", async () => {
  await show({ component: Visits, parameters: { forebay: { "/api/visits": [{ id: 1, title: "In a story" }] } } });
  expect(await screen.findByText("In a story")).toBeTruthy();
  cleanup();
  await show({ component: Visits, parameters: {} });
  expect((await screen.findByRole("alert")).textContent).toMatch("nothing to GET /api/visits");
});
