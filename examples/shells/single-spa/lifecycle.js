/** What single-spa calls, around an app of `mount(element)` that returns its own end. */
export function lifecycle(show) {
  let end;
  return {
    bootstrap: async () => {},
    mount: async ({ name }) => {
      const element = document.body.appendChild(Object.assign(document.createElement("p"), { id: name }));
      const leave = show(element);
      end = () => (leave(), element.remove());
    },
    unmount: async () => end(),
  };
}
