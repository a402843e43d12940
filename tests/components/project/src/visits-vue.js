import { h } from "vue";
import { useForebay, useForebayMutation } from "forebay/vue";
import { forebay } from "./app.js";

export const Visits = {
  setup() {
    const { data, isLoading } = useForebay("/api/visits");
    const { mutate } = useForebayMutation((title) => forebay.json("/api/visits", { json: { title } }));
    return () => (isLoading.value ? h("p", "Loading") : [h("ul", data.value.map(({ id, title }) => h("li", { key: id }, title))), h("button", { onClick: () => mutate("Third") }, "Add")]);
  },
};
