//! Front ends of any size with mixed syntax, and the truth about them: what each asks for, from where.
//!
//! Written as teams write: data behind hooks, services, stores and loaders; wrappers around `fetch`; constants for paths;
//! fragments beside components; barrels; aliases. Nothing here is taken from the analyzer.

/// One file.
pub struct File {
    pub path: String,
    pub text: String,
}

/// One thing that is asked for: an operation's name, or a method and a URL with `{}` for what varies; in which file.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Truth {
    pub what: String,
    pub file: String,
}

/// A front end.
#[derive(Default)]
pub struct FrontEnd {
    pub files: Vec<File>,
    pub truth: Vec<Truth>,
    /// Pattern, and names of operations or requests that its component asks for, at least.
    pub routes: Vec<(String, Vec<String>)>,
}

const NOUNS: [&str; 24] = [
    "patient", "visit", "invoice", "claim", "ward", "bed", "nurse", "doctor", "drug", "allergy",
    "letter", "task", "shift", "room", "lab", "sample", "result", "referral", "consent",
    "document", "message", "alert", "device", "plan",
];

fn noun(number: usize) -> String {
    let word = NOUNS[number % NOUNS.len()];
    match number / NOUNS.len() {
        0 => word.to_owned(),
        round => format!("{word}{round}"),
    }
}

fn capital(word: &str) -> String {
    word[..1].to_uppercase() + &word[1..]
}

impl FrontEnd {
    fn file(&mut self, path: String, text: String) {
        self.files.push(File { path, text });
    }

    fn asks(&mut self, file: &str, what: String) {
        self.truth.push(Truth {
            what,
            file: file.to_owned(),
        });
    }
}

/// React: Apollo hooks, Axios behind a client, TanStack Query, lazily loaded routes, tsconfig paths.
pub fn react(features: usize) -> FrontEnd {
    let mut app = FrontEnd::default();
    app.file(
        "package.json".into(),
        r#"{ "name": "react-clinic", "version": "2.3.1" }"#.into(),
    );
    app.file(
        "tsconfig.json".into(),
        r#"{ "compilerOptions": { "baseUrl": ".", "paths": { "@app/*": ["src/*"] } } }"#.into(),
    );
    app.file("src/lib/http.ts".into(), "import axios from 'axios';\n\nexport const http = axios.create({ baseURL: '/api/v2' });\n\nexport async function getJson<T>(path: string, signal?: AbortSignal): Promise<T> {\n  const response = await fetch(`/api/v2${path}`, { headers: { accept: 'application/json' }, signal });\n  if (!response.ok) throw new Error(response.statusText);\n  return response.json() as Promise<T>;\n}\n".into());
    app.file(
        "src/lib/index.ts".into(),
        "export * from './http';\nexport { default as useTitle } from './use-title';\n".into(),
    );
    app.file("src/lib/use-title.ts".into(), "import { useEffect } from 'react';\nexport default function useTitle(title: string) { useEffect(() => { document.title = title; }, [title]); }\n".into());
    let (mut imports, mut routes) = (String::new(), String::new());
    for number in 0..features {
        let name = noun(number);
        let type_ = capital(&name);
        let directory = format!("src/features/{name}");
        let fragments = format!("{directory}/{name}.fragments.ts");
        app.file(fragments, format!("import {{ gql }} from '@apollo/client';\n\nexport const {}_CARD = gql`\n  fragment {type_}Card on {type_} {{\n    id\n    title\n    state\n  }}\n`;\n", name.to_uppercase()));
        let queries = format!("{directory}/queries.ts");
        app.file(queries, format!("import {{ gql }} from '@apollo/client';\nimport {{ {0}_CARD }} from './{name}.fragments';\n\nexport const GET_{0} = gql`\n  query Get{type_}($id: ID!) {{\n    {name}(id: $id) {{ ...{type_}Card owner {{ id name }} }}\n  }}\n  ${{{0}_CARD}}\n`;\n\nexport const LIST_{0} = gql`\n  query List{type_}($first: Int = 20) {{ {name}s(first: $first) {{ ...{type_}Card }} }}\n  ${{{0}_CARD}}\n`;\n\nexport const CLOSE_{0} = gql`mutation Close{type_}($id: ID!) {{ close{type_}(id: $id) {{ id state }} }}`;\n", name.to_uppercase()));
        let list = format!("{directory}/{type_}List.tsx");
        app.file(list.clone(), format!("import {{ useQuery }} from '@apollo/client';\nimport {{ Link }} from 'react-router-dom';\nimport {{ LIST_{0} }} from './queries';\nimport {{ useTitle }} from '@app/lib';\n\ninterface Props {{ first?: number }}\n\nexport function {type_}List({{ first = 20 }}: Props) {{\n  useTitle('{name}');\n  const {{ data, loading }} = useQuery(LIST_{0}, {{ variables: {{ first }} }});\n  if (loading) return <p>…</p>;\n  return (\n    <ul>\n      {{data.{name}s.map((one: any) => <li key={{one.id}}><Link to={{`/{name}/${{one.id}}`}}>{{one.title}}</Link></li>)}}\n    </ul>\n  );\n}}\n", name.to_uppercase()));
        app.asks(&list, format!("List{type_}"));
        let hook = format!("{directory}/use{type_}.ts");
        app.file(hook.clone(), format!("import {{ useMutation, useQuery }} from '@apollo/client';\nimport {{ CLOSE_{0}, GET_{0} }} from './queries';\n\nexport const use{type_} = (id: string) => {{\n  const query = useQuery(GET_{0}, {{ variables: {{ id }}, skip: !id }});\n  const [close] = useMutation(CLOSE_{0});\n  return {{ ...query, close: () => close({{ variables: {{ id }} }}) }};\n}};\n", name.to_uppercase()));
        app.asks(&hook, format!("Get{type_}"));
        app.asks(&hook, format!("Close{type_}"));
        let api = format!("{directory}/api.ts");
        app.file(api.clone(), format!("import {{ getJson, http }} from '@app/lib';\n\nconst BASE = '/{name}s';\n\nexport const {name}Api = {{\n  history: (id: string) => getJson<unknown[]>(`${{BASE}}/${{id}}/history`),\n  stats: () => http.get('/stats/{name}s').then((response) => response.data),\n  note: (id: string, text: string) => http.post(`${{BASE}}/${{id}}/notes`, {{ text }}),\n}};\n"));
        app.asks(&api, format!("GET /api/v2/{name}s/{{}}/history"));
        app.asks(&api, format!("GET /api/v2/stats/{name}s"));
        app.asks(&api, format!("POST /api/v2/{name}s/{{}}/notes"));
        let page = format!("{directory}/{type_}Page.tsx");
        app.file(page, format!("import {{ useQuery as useRemote }} from '@tanstack/react-query';\nimport {{ useParams }} from 'react-router-dom';\nimport {{ use{type_} }} from './use{type_}';\nimport {{ {name}Api }} from './api';\nimport {{ {type_}Form }} from './{type_}Form';\n\nexport default function {type_}Page() {{\n  const {{ id }} = useParams<{{ id: string }}>();\n  const {{ data, close }} = use{type_}(id!);\n  const history = useRemote({{ queryKey: ['{name}', id], queryFn: () => {name}Api.history(id!) }});\n  return (\n    <article>\n      <h1>{{data?.{name}?.title}}</h1>\n      <p>{{data?.{name}?.owner?.name}}</p>\n      <pre>{{JSON.stringify(history.data)}}</pre>\n      <{type_}Form id={{id!}} onSave={{() => close()}} />\n    </article>\n  );\n}}\n"));
        let form = format!("{directory}/{type_}Form.tsx");
        app.file(form.clone(), format!("import {{ useState }} from 'react';\nimport {{ {name}Api }} from './api';\n\nexport function {type_}Form({{ id, onSave }}: {{ id: string; onSave: () => void }}) {{\n  const [text, setText] = useState('');\n  const save = async () => {{\n    await {name}Api.note(id, text);\n    await fetch('/api/v2/audit', {{ method: 'POST', body: JSON.stringify({{ what: '{name}' }}) }});\n    onSave();\n  }};\n  return <form><textarea value={{text}} onChange={{(event) => setText(event.target.value)}} /><button onClick={{save}}>Save</button></form>;\n}}\n"));
        app.asks(&form, "POST /api/v2/audit".into());
        app.file(format!("{directory}/index.ts"), format!("export {{ {type_}List }} from './{type_}List';\nexport {{ default as {type_}Page }} from './{type_}Page';\nexport * from './use{type_}';\n"));
        imports += &format!(
            "const {type_}Page = lazy(() => import('./features/{name}/{type_}Page'));\nconst {type_}List = lazy(() => import('./features/{name}').then((m) => ({{ default: m.{type_}List }})));\n"
        );
        routes += &format!(
            "  {{ path: '{name}', element: <{type_}List /> }},\n  {{ path: '{name}/:id', element: <{type_}Page /> }},\n"
        );
        app.routes.push((
            format!("/{name}/:id"),
            vec![
                format!("Get{type_}"),
                format!("GET /api/v2/{name}s/{{}}/history"),
            ],
        ));
        app.routes
            .push((format!("/{name}"), vec![format!("List{type_}")]));
    }
    app.file("src/router.tsx".into(), format!("import {{ lazy }} from 'react';\nimport {{ createBrowserRouter }} from 'react-router-dom';\nimport {{ Layout }} from './Layout';\n\n{imports}\nexport const router = createBrowserRouter([{{ path: '/', element: <Layout />, children: [\n{routes}] }}]);\n"));
    app.file("src/Layout.tsx".into(), "import { gql, useQuery } from '@apollo/client';\nimport { Outlet } from 'react-router-dom';\n\nconst VIEWER = gql`query Viewer { viewer { id name } }`;\n\nexport function Layout() {\n  const { data } = useQuery(VIEWER);\n  return <main><header>{data?.viewer.name}</header><Outlet /></main>;\n}\n".into());
    app.asks("src/Layout.tsx", "Viewer".into());
    app.file("src/main.tsx".into(), "import { createRoot } from 'react-dom/client';\nimport { RouterProvider } from 'react-router-dom';\nimport { router } from './router';\n\ncreateRoot(document.getElementById('root')!).render(<RouterProvider router={router} />);\n".into());
    app
}

/// Vue: single-file components, urql, a store, composables over `fetch`, `.graphql` files.
pub fn vue(features: usize) -> FrontEnd {
    let mut app = FrontEnd::default();
    app.file(
        "package.json".into(),
        r#"{ "name": "vue-clinic", "version": "1.0.0" }"#.into(),
    );
    app.file("src/api/client.js".into(), "const ROOT = '/api/v2';\n\nclass Client {\n  constructor(root) { this.root = root; }\n  async #send(path, init) {\n    const response = await fetch(ROOT + path, { ...init, headers: { accept: 'application/json', 'content-type': 'application/json' } });\n    return response.json();\n  }\n  read(path) { return this.#send(path, { method: 'GET' }); }\n  write(path, body) { return this.#send(path, { method: 'PUT', body: JSON.stringify(body) }); }\n}\n\nexport default new Client(ROOT);\n".into());
    let mut routes = String::new();
    for number in 0..features {
        let name = noun(number);
        let type_ = capital(&name);
        let file = format!("src/graphql/{name}.graphql");
        app.file(file, format!("#import \"./{name}.fragment.graphql\"\n\nquery {type_}Detail($id: ID!) {{\n  {name}(id: $id) {{ ...{type_}Fields due }}\n}}\n"));
        app.file(
            format!("src/graphql/{name}.fragment.graphql"),
            format!("fragment {type_}Fields on {type_} {{ id title state }}\n"),
        );
        let store = format!("src/stores/{name}.js");
        app.file(store.clone(), format!("import {{ defineStore }} from 'pinia';\nimport client from '@/api/client';\n\nexport const use{type_}Store = defineStore('{name}', {{\n  state: () => ({{ all: [] }}),\n  actions: {{\n    async load() {{ this.all = await client.read('/{name}s'); }},\n    async save(one) {{ await client.write(`/{name}s/${{one.id}}`, one); }},\n  }},\n}});\n"));
        app.asks(&store, format!("GET /api/v2/{name}s"));
        app.asks(&store, format!("PUT /api/v2/{name}s/{{}}"));
        let list = format!("src/views/{type_}List.vue");
        app.file(list, format!("<template>\n  <section>\n    <h1 v-if=\"title > 1\">{{{{ title }}}}</h1>\n    <{name}-row v-for=\"one in store.all\" :key=\"one.id\" :row=\"one\" @save=\"store.save(one)\" />\n  </section>\n</template>\n\n<script setup>\nimport {{ onMounted, ref }} from 'vue';\nimport {{ use{type_}Store }} from '@/stores/{name}';\nimport {type_}Row from '../components/{type_}Row.vue';\n\nconst title = ref('{name}');\nconst store = use{type_}Store();\nonMounted(() => store.load());\n</script>\n\n<style scoped>\nh1 {{ color: red }}\n</style>\n"));
        let row = format!("src/components/{type_}Row.vue");
        app.file(row.clone(), format!("<script>\nimport {{ gql }} from '@urql/vue';\nimport {{ defineComponent }} from 'vue';\nimport {{ client }} from '../urql';\n\nconst TOUCH = gql`mutation Touch{type_}($id: ID!) {{ touch{type_}(id: $id) {{ id }} }}`;\n\nexport default defineComponent({{\n  props: {{ row: Object }},\n  methods: {{\n    touch() {{ return client.mutation(TOUCH, {{ id: this.row.id }}).toPromise(); }},\n  }},\n}});\n</script>\n\n<template>\n  <p @click=\"touch\">{{{{ row.title }}}}</p>\n</template>\n"));
        app.asks(&row, format!("Touch{type_}"));
        let detail = format!("src/views/{type_}Detail.vue");
        app.file(detail.clone(), format!("<script setup lang=\"ts\">\nimport {{ useQuery }} from '@urql/vue';\nimport {{ useRoute }} from 'vue-router';\nimport DETAIL from '../graphql/{name}.graphql';\n\nconst route = useRoute();\nconst {{ data, fetching }} = useQuery({{ query: DETAIL, variables: {{ id: route.params.id as string }} }});\n</script>\n\n<template>\n  <p v-if=\"fetching\">…</p>\n  <article v-else>\n    <h1>{{{{ data?.{name}.title }}}}</h1>\n    <time>{{{{ data?.{name}.due }}}}</time>\n  </article>\n</template>\n"));
        app.asks(&detail, format!("{type_}Detail"));
        routes += &format!(
            "  {{ path: '/{name}', component: () => import('./views/{type_}List.vue') }},\n  {{ path: '/{name}/:id', name: '{name}', component: () => import('./views/{type_}Detail.vue') }},\n"
        );
        app.routes
            .push((format!("/{name}"), vec![format!("GET /api/v2/{name}s")]));
        app.routes
            .push((format!("/{name}/:id"), vec![format!("{type_}Detail")]));
    }
    app.file("src/urql.js".into(), "import { createClient } from '@urql/vue';\nexport const client = createClient({ url: '/graphql' });\n".into());
    app.file("src/router.js".into(), format!("import {{ createRouter, createWebHistory }} from 'vue-router';\n\nexport default createRouter({{ history: createWebHistory(), routes: [\n{routes}] }});\n"));
    app.file("src/main.js".into(), "import { createApp } from 'vue';\nimport App from './App.vue';\nimport router from './router';\ncreateApp(App).use(router).mount('#app');\n".into());
    app.file(
        "src/App.vue".into(),
        "<template><router-view /></template>\n<script setup>\n</script>\n".into(),
    );
    app
}

/// SvelteKit's folders with loaders and Forebay's store, and Angular's services in a library beside them.
pub fn mixed(features: usize) -> FrontEnd {
    let mut app = FrontEnd::default();
    app.file(
        "package.json".into(),
        r#"{ "name": "mixed-clinic", "version": "0.9.0" }"#.into(),
    );
    app.file("src/lib/forebay.ts".into(), "import { connect } from 'forebay';\nexport const app = connect({ app: 'mixed-clinic' });\n".into());
    let mut angular = String::new();
    for number in 0..features {
        let name = noun(number);
        let type_ = capital(&name);
        let load = format!("src/routes/{name}/[id]/+page.ts");
        app.file(load.clone(), format!("import type {{ PageLoad }} from './$types';\n\nexport const load: PageLoad = async ({{ fetch, params }}) => {{\n  const response = await fetch(`/api/v2/{name}s/${{params.id}}`);\n  return {{ {name}: await response.json() }};\n}};\n"));
        app.asks(&load, format!("GET /api/v2/{name}s/{{}}"));
        let page = format!("src/routes/{name}/[id]/+page.svelte");
        app.file(page, format!("<script lang=\"ts\">\n  import {type_}Panel from '$lib/{type_}Panel.svelte';\n  import {{ page }} from '$app/stores';\n  export let data;\n</script>\n\n<h1>{{data.{name}.title}}</h1>\n{{#if data.{name}.state === 'open'}}\n  <{type_}Panel id={{$page.params.id}} />\n{{:else}}\n  <p>closed</p>\n{{/if}}\n"));
        let panel = format!("src/lib/{type_}Panel.svelte");
        app.file(panel.clone(), format!("<script>\n  import {{ useForebay }} from 'forebay/svelte';\n  import {{ app }} from './forebay';\n  export let id;\n  const QUERY = `query {type_}Panel($id: ID!) {{ {name}(id: $id) {{ id notes {{ text }} }} }}`;\n  const panel = useForebay(QUERY, {{ id }});\n  const remove = () => app.fetch(`/api/v2/{name}s/${{id}}`, {{ method: 'DELETE' }});\n</script>\n\n{{#each $panel.data?.{name}.notes ?? [] as note, i (note.text)}}\n  <p class=\"n {{i > 2 ? 'late' : ''}}\">{{note.text}}</p>\n{{/each}}\n<button on:click={{remove}}>Delete</button>\n"));
        app.asks(&panel, format!("{type_}Panel"));
        app.asks(&panel, format!("DELETE /api/v2/{name}s/{{}}"));
        let service = format!("src/ng/{name}/{name}.service.ts");
        app.file(service.clone(), format!("import {{ HttpClient }} from '@angular/common/http';\nimport {{ Injectable, inject }} from '@angular/core';\nimport {{ Apollo, gql }} from 'apollo-angular';\n\nconst ALL = gql`query All{type_} {{ {name}s {{ id title }} }}`;\n\n@Injectable({{ providedIn: 'root' }})\nexport class {type_}Service {{\n  private readonly apollo = inject(Apollo);\n  constructor(private readonly http: HttpClient) {{}}\n  all() {{ return this.apollo.watchQuery({{ query: ALL }}).valueChanges; }}\n  one(id: string) {{ return this.http.get<unknown>(`/api/v2/{name}s/${{id}}`, {{ params: {{ full: 'yes' }} }}); }}\n}}\n"));
        app.asks(&service, format!("All{type_}"));
        app.asks(&service, format!("GET /api/v2/{name}s/{{}}?full=yes"));
        let component = format!("src/ng/{name}/{name}.component.ts");
        app.file(component, format!("import {{ Component, inject }} from '@angular/core';\nimport {{ ActivatedRoute }} from '@angular/router';\nimport {{ {type_}Service }} from './{name}.service';\n\n@Component({{ selector: 'ng-{name}', template: '<p>{{{{ one }}}}</p>' }})\nexport class {type_}Component {{\n  private readonly service = inject({type_}Service);\n  private readonly route = inject(ActivatedRoute);\n  one: unknown;\n  ngOnInit() {{\n    this.service.one(this.route.snapshot.paramMap.get('id')!).subscribe((one) => this.one = one);\n  }}\n}}\n"));
        angular += &format!(
            "  {{ path: '{name}/:id', loadComponent: () => import('./{name}/{name}.component').then((m) => m.{type_}Component) }},\n"
        );
        app.routes.push((
            format!("/{name}/:id"),
            vec![format!("GET /api/v2/{name}s/{{}}"), format!("{type_}Panel")],
        ));
        app.routes.push((
            format!("/ng/{name}/:id"),
            vec![format!("GET /api/v2/{name}s/{{}}?full=yes")],
        ));
    }
    app.file("src/ng/routes.ts".into(), format!("import {{ Routes }} from '@angular/router';\n\nexport const routes: Routes = [{{ path: 'ng', children: [\n{angular}] }}];\n"));
    app.file("src/routes/+layout.svelte".into(), "<slot />\n".into());
    app.file("src/routes/+page.svelte".into(), "<p>Home</p>\n".into());
    app
}
