//! The analyzer against front ends whose truth is known, and against what the example page really sends.

#[path = "analyze/disk.rs"]
mod disk;
#[path = "analyze/front_end.rs"]
mod front_end;

use disk::Tree;
use forebay::analyze::fragment::{Fragment, Template, What};
use forebay::analyze::{Analysis, analyze};
use front_end::{FrontEnd, Truth};
use std::collections::{BTreeMap, BTreeSet};

fn analysed(app: &FrontEnd) -> Analysis {
    let tree = Tree::of(
        app.files
            .iter()
            .map(|file| (format!("/app/{}", file.path), file.text.clone())),
    );
    analyze(&tree, "/app").unwrap()
}

/// With `{}` for slots, as the truth is written.
fn shown(template: &Template) -> String {
    template.texts.join("{}")
}

fn found(fragment: &Fragment) -> BTreeSet<Truth> {
    let mut found = BTreeSet::new();
    for operation in &fragment.operations {
        found.extend(operation.at.iter().map(|at| Truth {
            what: operation.name.clone(),
            file: at.file.clone(),
        }));
    }
    for request in &fragment.requests {
        let what = format!("{} {}", request.method, shown(&request.url));
        found.extend(request.at.iter().map(|at| Truth {
            what: what.clone(),
            file: at.file.clone(),
        }));
    }
    found
}

fn named(fragment: &Fragment, what: What) -> String {
    match what {
        What::Operation(number) => fragment.operations[number].name.clone(),
        What::Request(number) => {
            let request = &fragment.requests[number];
            format!("{} {}", request.method, shown(&request.url))
        }
    }
}

fn check(name: &str, app: &FrontEnd) {
    let analysis = analysed(app);
    let found = found(&analysis.fragment);
    let truth: BTreeSet<Truth> = app.truth.iter().cloned().collect();
    let missed: Vec<&Truth> = truth.difference(&found).collect();
    let invented: Vec<&Truth> = found.difference(&truth).collect();
    let routes: BTreeMap<&str, BTreeSet<String>> = analysis
        .fragment
        .routes
        .iter()
        .map(|route| {
            (
                route.pattern.as_str(),
                route
                    .asks
                    .iter()
                    .map(|ask| named(&analysis.fragment, ask.what))
                    .collect(),
            )
        })
        .collect();
    let mut routes_missed = Vec::new();
    for (pattern, wanted) in &app.routes {
        for one in wanted {
            if !routes
                .get(pattern.as_str())
                .is_some_and(|asks| asks.contains(one))
            {
                routes_missed.push(format!("{pattern}: {one}"));
            }
        }
    }
    println!(
        "{name}: {} files, {} of {} asks found, {} invented, {} of {} routes' asks",
        analysis.files,
        truth.len() - missed.len(),
        truth.len(),
        invented.len(),
        app.routes.iter().map(|(_, asks)| asks.len()).sum::<usize>() - routes_missed.len(),
        app.routes.iter().map(|(_, asks)| asks.len()).sum::<usize>(),
    );
    assert!(analysis.files >= 300, "realistic size");
    assert!(
        missed.is_empty() && invented.is_empty(),
        "missed: {:#?} invented: {:#?}",
        &missed[..missed.len().min(8)],
        &invented[..invented.len().min(8)]
    );
    assert!(
        invented.is_empty(),
        "invented: {:#?}",
        &invented[..invented.len().min(8)]
    );
    assert!(
        routes_missed.is_empty(),
        "routes: {:#?}",
        &routes_missed[..routes_missed.len().min(8)]
    );
}

/// As Vite's templates have it: the paths are in a configuration that tsconfig.json refers to.
#[test]
fn paths_are_read_where_typescript_reads_them() {
    let file = |path: &str, text: &str| front_end::File {
        path: path.into(),
        text: text.into(),
    };
    let files = vec![
        file(
            "tsconfig.json",
            r#"{ "files": [], "references": [{ "path": "./tsconfig.app.json" }] }"#,
        ),
        file(
            "tsconfig.app.json",
            r##"{ "extends": "./base.json", "compilerOptions": { "paths": { "#/*": ["./src/*"] } }, "include": ["src"] } // comments are allowed"##,
        ),
        file("base.json", "{}"),
        file(
            "src/http.ts",
            "export const ask = (path: string) => fetch(`/api${path}`);",
        ),
        file(
            "src/pages/index.ts",
            "import { ask } from '#/http';\nexport const visits = () => ask('/visits');",
        ),
    ];
    let found = found(
        &analysed(&FrontEnd {
            files,
            ..FrontEnd::default()
        })
        .fragment,
    );
    let truth = Truth {
        what: "GET /api/visits".into(),
        file: "src/pages/index.ts".into(),
    };
    assert_eq!(found.into_iter().collect::<Vec<_>>(), [truth]);
}

/// A company's packages are not read; what they export is declared.
#[test]
fn what_packages_export_is_taken_as_declared() {
    let file = |path: &str, text: &str| front_end::File {
        path: path.into(),
        text: text.into(),
    };
    let files = vec![
        file(
            "forebay.config.json",
            r#"{ "fetches": { "@us/http": ["ask", "useAll"] }, "constants": { "@us/http": { "base": "/api/v1" } } }"#,
        ),
        file(
            "src/index.ts",
            r"
import useSWR from 'swr';
import useSWRImmutable from 'swr/immutable';
import { ask, base, useAll } from '@us/http';
import * as http from '@us/http';

export const save = (id: string) => ask(`${base}/visits/${id}`, { method: 'PUT' });
export const useVisits = () => useSWR(`${base}/visits`, ask);
export const useRooms = (id?: string) => useSWRImmutable(id ? `${base}/rooms/${id}` : null, http.ask);
export const useWards = () => useAll(http.base + '/wards');
",
        ),
    ];
    let found = found(
        &analysed(&FrontEnd {
            files,
            ..FrontEnd::default()
        })
        .fragment,
    );
    let found: Vec<String> = found.into_iter().map(|one| one.what).collect();
    assert_eq!(
        found,
        [
            "GET /api/v1/rooms/{}",
            "GET /api/v1/visits",
            "GET /api/v1/wards",
            "PUT /api/v1/visits/{}"
        ]
    );
}

/// The package's own adapters, as their documentation writes them.
#[test]
fn adapters_are_read_in_each_frameworks_way() {
    let file = |path: &str, text: &str| front_end::File {
        path: path.into(),
        text: text.into(),
    };
    let files = vec![
        file(
            "src/react.jsx",
            r"
import { useForebay, useForebayMutation } from 'forebay/react';
const init = { method: 'POST', body: JSON.stringify({ open: true }) };
export const useFound = () => useForebay('/api/search', undefined, { init });
export const useMove = () => useForebayMutation('mutation Move($id: ID!) { move(id: $id) { id } }');
export const useVisit = (id) => useForebay('query Visit($id: ID!) { visit(id: $id) { id } }', { id }).data;
",
        ),
        file(
            "src/vue.js",
            "import { useForebay } from 'forebay/vue';
export const room = (props) => useForebay(() => `/api/rooms/${props.id}`);
",
        ),
        file(
            "src/angular.ts",
            "import { injectForebay } from 'forebay/angular';
export class Ward {
  beds = injectForebay(() => ['/api/beds']);
  ward = injectForebay(() => ['query Ward { ward { id } }']);
}
",
        ),
        file(
            "src/lit.js",
            "import { ForebayController } from 'forebay/lit';
export const card = (host, app) => new ForebayController(host, app, () => ['/api/card'], { init: { method: 'PUT' } });
",
        ),
        file(
            "src/pages.js",
            "import { useForebayPages } from 'forebay/react-pages';
export const notes = () => useForebayPages('/api/notes', (page) => page.next);
",
        ),
    ];
    let fragment = analysed(&FrontEnd {
        files,
        ..FrontEnd::default()
    })
    .fragment;
    let found: Vec<String> = found(&fragment).into_iter().map(|one| one.what).collect();
    let notes =
        |request: &&forebay::analyze::fragment::Request| shown(&request.url) == "/api/notes";
    // What a page takes is known when there is one before it.
    assert!(!fragment.requests.iter().find(notes).unwrap().complete);
    assert_eq!(
        found,
        [
            "GET /api/beds",
            "GET /api/notes",
            "GET /api/rooms/{}",
            "Move",
            "POST /api/search",
            "PUT /api/card",
            "Visit",
            "Ward"
        ]
    );
}

#[test]
fn react_with_apollo_and_axios() {
    check("react", &front_end::react(40));
}

#[test]
fn vue_with_urql_and_stores() {
    check("vue", &front_end::vue(60));
}

#[test]
fn svelte_kit_and_angular() {
    check("mixed", &front_end::mixed(64));
}

/// Routers whose declarations are files and folders.
mod routers {
    use super::front_end::{File, FrontEnd};
    use super::{analysed, named};
    use std::collections::BTreeMap;

    /// By pattern what is asked for there; a variable that takes the path's parameter is in brackets.
    fn routes(files: &[(&str, &str)]) -> BTreeMap<String, Vec<String>> {
        let files = files.iter().map(|(path, text)| File {
            path: (*path).into(),
            text: (*text).into(),
        });
        let fragment = analysed(&FrontEnd {
            files: files.collect(),
            ..FrontEnd::default()
        })
        .fragment;
        let mut routes: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for route in &fragment.routes {
            let asks = route.asks.iter().map(|ask| {
                let with: Vec<String> = ask
                    .with
                    .values()
                    .map(|known| format!("{known:?}"))
                    .collect();
                format!("{} {}", named(&fragment, ask.what), with.join(" "))
            });
            let mut asks: Vec<String> = asks.map(|ask| ask.trim().into()).collect();
            asks.sort();
            let before = routes.insert(route.pattern.clone(), asks);
            assert!(before.is_none(), "{} is there twice", route.pattern);
        }
        routes
    }

    fn expected(routes: &[(&str, &[&str])]) -> BTreeMap<String, Vec<String>> {
        let texts = |asks: &[&str]| asks.iter().map(|ask| (*ask).to_owned()).collect();
        routes
            .iter()
            .map(|(pattern, asks)| ((*pattern).to_owned(), texts(asks)))
            .collect()
    }

    #[test]
    fn tanstack_routers_files() {
        let routes = routes(&[
            (
                "src/routes/__root.tsx",
                "import { createRootRouteWithContext } from '@tanstack/react-router';
export const Route = createRootRouteWithContext<{ user: string }>()({ component: () => { fetch('/api/me'); return <Outlet />; } });
",
            ),
            (
                "src/routes/_signedIn.tsx",
                "import { createFileRoute } from '@tanstack/react-router';
export const Route = createFileRoute('/_signedIn')({ component: Frame });
function Frame() { useSWR('/api/rights', (url) => fetch('/api/rights')); return <Outlet />; }
",
            ),
            (
                "src/routes/_signedIn/posts.tsx",
                "import { createFileRoute } from '@tanstack/react-router';
export const Route = createFileRoute('/_signedIn/posts')({ component: Posts });
function Posts() { fetch('/api/posts'); return <Outlet />; }
",
            ),
            (
                "src/routes/_signedIn/posts.index.tsx",
                "import { createFileRoute } from '@tanstack/react-router';
export const Route = createFileRoute('/_signedIn/posts/')({ loader: () => fetch('/api/newest') });
",
            ),
            (
                "src/post.ts",
                "export const post = (id: string) => ({ queryKey: ['post', id], queryFn: () => fetch(`/api/posts/${id}`) });",
            ),
            (
                "src/routes/_signedIn/posts.$postId.tsx",
                "import { createFileRoute } from '@tanstack/react-router';
import { post } from '../../post';
export const Route = createFileRoute('/_signedIn/posts/$postId')({ loader: ({ params, context }) => context.client.ensureQueryData(post(params.postId)) });
",
            ),
            (
                "src/routes/_signedIn/posts.$postId.lazy.tsx",
                "import { createLazyFileRoute } from '@tanstack/react-router';
export const Route = createLazyFileRoute('/_signedIn/posts/$postId')({ component: Post });
function Post() { const { postId } = Route.useParams(); fetch(`/api/posts/${postId}/replies`); return null; }
",
            ),
            (
                "src/routes/posts_.$postId.edit.tsx",
                "import { createFileRoute } from '@tanstack/react-router';
export const Route = createFileRoute('/posts_/$postId/edit')({ component: Edit });
function Edit() { const id = Route.useParams({ select: (params) => params.postId }); fetch(`/api/drafts/${id}`); return null; }
",
            ),
            (
                "src/routes/files.$.tsx",
                "import { createFileRoute } from '@tanstack/react-router';
export const Route = createFileRoute('/files/$')({ component: () => null });
",
            ),
        ]);
        let id = "Param(\"postId\")";
        assert_eq!(
            routes,
            expected(&[
                ("/files/*", &["GET /api/me"]),
                (
                    "/posts",
                    &[
                        "GET /api/me",
                        "GET /api/newest",
                        "GET /api/posts",
                        "GET /api/rights"
                    ]
                ),
                (
                    "/posts/:postId",
                    &[
                        "GET /api/me",
                        "GET /api/posts",
                        &format!("GET /api/posts/{{}} {id}"),
                        &format!("GET /api/posts/{{}}/replies {id}"),
                        "GET /api/rights"
                    ]
                ),
                (
                    "/posts/:postId/edit",
                    &[&format!("GET /api/drafts/{{}} {id}"), "GET /api/me"]
                ),
            ])
        );
    }

    #[test]
    fn tanstack_routers_code() {
        let routes = routes(&[
            (
                "src/routes.tsx",
                "import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from '@tanstack/react-router';
const rootRoute = createRootRoute();
const indexRoute = createRoute({ getParentRoute: () => rootRoute, path: '/', component: Home });
export const wardsRoute = createRoute({ getParentRoute: () => rootRoute, path: 'wards', component: lazyRouteComponent(() => import('./Wards'), 'Wards') });
const wardsIndex = createRoute({ getParentRoute: () => wardsRoute, path: '/', loader: () => fetch('/api/free-beds') });
const frame = createRoute({ getParentRoute: () => wardsRoute, id: 'frame', component: () => { fetch('/api/staff'); return <Outlet />; } });
const wardRoute = createRoute({ getParentRoute: () => frame, path: '$wardId' }).lazy(() => import('./Ward').then((module) => module.Route));
function Home() { fetch('/api/home'); return null; }
export const router = createRouter({ routeTree: rootRoute.addChildren([indexRoute, wardsRoute.addChildren([wardsIndex, frame.addChildren([wardRoute])])]) });
",
            ),
            ("src/Wards.tsx", "export function Wards() { fetch('/api/wards'); return <Outlet />; }\nexport function Unused() { fetch('/api/unused'); }\n"),
            (
                "src/Ward.tsx",
                "import { createLazyRoute, getRouteApi } from '@tanstack/react-router';
export const Route = createLazyRoute('/wards/$wardId')({ component: Ward });
const route = getRouteApi('/wards/$wardId');
function Ward() { const { wardId } = route.useParams(); fetch(`/api/wards/${wardId}`); return null; }
",
            ),
        ]);
        assert_eq!(
            routes,
            expected(&[
                ("/", &["GET /api/home"]),
                ("/wards", &["GET /api/free-beds", "GET /api/wards"]),
                (
                    "/wards/:wardId",
                    &[
                        "GET /api/staff",
                        "GET /api/wards",
                        "GET /api/wards/{} Param(\"wardId\")"
                    ]
                ),
            ])
        );
    }

    /// What stands where routes are declared is that route's alone, with all that it uses.
    #[test]
    fn loaders_in_a_list_of_routes() {
        let routes = routes(&[
            ("src/beds.ts", "export const beds = (ward: string) => fetch(`/api/wards/${ward}/beds`);"),
            (
                "src/routes.tsx",
                "import { beds } from './beds';
export const routes = [
  { path: '/staff', loader: () => fetch('/api/staff'), Component: () => { fetch('/api/shifts'); return null; } },
  { path: '/wards/:ward', loader: ({ params }) => beds(params.ward) },
];
",
            ),
        ]);
        assert_eq!(
            routes,
            expected(&[
                ("/staff", &["GET /api/shifts", "GET /api/staff"]),
                ("/wards/:ward", &["GET /api/wards/{}/beds Param(\"ward\")"]),
            ])
        );
    }

    /// A module declares them, and selectors alone say who shows whom.
    #[test]
    fn angulars_templates() {
        let files = [
            (
                "src/routes.ts",
                "import { VisitPage } from './visit.page';\nexport const routes: Routes = [{ path: 'visits/:id', component: VisitPage }];\n",
            ),
            (
                "src/visit.page.ts",
                "@Component({ selector: 'app-visit', templateUrl: './visit.page.html' })\nexport class VisitPage {\n  constructor(private http: HttpClient) {}\n  ngOnInit() { this.load(); }\n  load() { fetch('/api/visit'); }\n  remove() { fetch('/api/removable'); }\n}\n",
            ),
            (
                "src/visit.page.html",
                "<h1>Title</h1><app-notes></app-notes><button (click)=\"remove()\" (keyup)=\"load()\">x</button>",
            ),
            (
                "src/notes.ts",
                "import { Apollo, gql } from 'apollo-angular';\nimport { Component, inject } from '@angular/core';\n@Component({ selector: 'app-notes', template: `<p>state {{ note.text }}</p>` })\nexport class Notes {\n  note = inject(Apollo).query({ query: gql`query Notes { note { text title state } }` });\n}\n",
            ),
            (
                "src/other.ts",
                "@Component({ selector: 'app-other', template: '' })\nexport class Other { ngOnInit() { fetch('/api/other'); } }\n",
            ),
        ];
        let fragment = analysed(&FrontEnd {
            files: files
                .iter()
                .map(|(path, text)| File {
                    path: (*path).into(),
                    text: (*text).into(),
                })
                .collect(),
            ..FrontEnd::default()
        })
        .fragment;
        let mut asks: Vec<String> = fragment.routes[0]
            .asks
            .iter()
            .map(|ask| format!("{} {}", named(&fragment, ask.what), ask.at_once))
            .collect();
        asks.sort();
        assert_eq!(
            asks,
            [
                "GET /api/removable false",
                "GET /api/visit true",
                "Notes true"
            ]
        );
        let unread: Vec<&str> = fragment.operations[0]
            .unread
            .iter()
            .map(|field| field.path.as_str())
            .collect();
        assert_eq!(unread, ["note.title", "note.state"]);
    }

    #[test]
    fn next_js_folders() {
        let routes = routes(&[
            ("next.config.ts", "export default {};"),
            (
                "src/app/layout.tsx",
                "import { Account } from './account';\nexport default async function Layout({ children }) { await fetch('/server/session'); return <body><Account />{children}</body>; }\n",
            ),
            (
                "src/app/account.tsx",
                "'use client';\nimport { me } from '../me';\nexport function Account() { useEffect(() => { me(); }, []); return null; }\nexport function Other() { fetch('/api/other'); return null; }\n",
            ),
            ("src/me.ts", "export const me = () => fetch('/api/me');"),
            (
                "src/app/page.tsx",
                "'use client';\nimport { save } from './actions';\nexport default function Home() { fetch('/api/home'); save(); return null; }\n",
            ),
            (
                "src/app/actions.ts",
                "'use server';\nexport async function save() { await fetch('/server/save'); }\n",
            ),
            (
                "src/app/(main)/posts/[id]/layout.tsx",
                "'use client';\nimport { useParams } from 'next/navigation';\nexport default function Frame({ children }) { const { id } = useParams(); fetch(`/api/posts/${id}/author`); return children; }\n",
            ),
            (
                "src/app/(main)/posts/[id]/page.tsx",
                "import { Post } from './post';\nexport default async function Page({ params }) { const { id } = await params; await fetch(`/server/posts/${id}`); return <Post id={id} />; }\n",
            ),
            (
                "src/app/(main)/posts/[id]/post.tsx",
                "'use client';\nexport function Post({ id }) { fetch(`/api/posts/${id}`); return null; }\n",
            ),
            (
                "src/app/(main)/posts/[id]/@side/page.tsx",
                "'use client';\nexport default function Side() { fetch('/api/side'); return null; }\n",
            ),
            (
                "src/app/(main)/posts/(.)photo/page.tsx",
                "'use client';\nexport default function Photo() { fetch('/api/photo'); return null; }\n",
            ),
            (
                "src/app/docs/[[...slug]]/page.tsx",
                "export default function Docs() { return null; }\n",
            ),
            (
                "src/pages/_app.tsx",
                "export default function App({ Component }) { fetch('/api/app'); return <Component />; }\n",
            ),
            (
                "src/pages/old/index.tsx",
                "export async function getServerSideProps() { return { props: await fetch('/server/old') }; }\nexport default function Old() { fetch('/api/old'); return null; }\n",
            ),
            (
                "src/pages/old/[name].tsx",
                "import { useRouter } from 'next/router';\nexport default function Named() { const { name } = useRouter().query; fetch(`/api/old/${name}`); return null; }\n",
            ),
            (
                "src/pages/api/old.ts",
                "export default () => fetch('/server/api');",
            ),
        ]);
        let id = "Param(\"id\")";
        assert_eq!(
            routes,
            expected(&[
                ("/", &["GET /api/home", "GET /api/me"]),
                ("/docs", &["GET /api/me"]),
                ("/docs/*", &["GET /api/me"]),
                ("/old", &["GET /api/app", "GET /api/old"]),
                (
                    "/old/:name",
                    &["GET /api/app", "GET /api/old/{} Param(\"name\")"]
                ),
                (
                    "/posts/:id",
                    &[
                        "GET /api/me",
                        &format!("GET /api/posts/{{}} {id}"),
                        &format!("GET /api/posts/{{}}/author {id}"),
                        "GET /api/side"
                    ]
                ),
            ])
        );
    }
}

mod schema {
    use super::analysed;
    use super::front_end::{File, FrontEnd};
    use forebay::analyze::schema::{Known, breaking, check};
    use forebay::analyze::types::typescript;

    const SDL: &str = "
        type Query { patient(id: ID!): Patient visits(state: State): [Visit!]! node(id: ID!): Node }
        interface Node { id: ID! }
        type Patient implements Node { id: ID! name: String! dob: String! phone: String @deprecated(reason: \"use `contact`\") contact: String notes: [Note!] }
        type Visit implements Node { id: ID! time: String! state: State! }
        type Note { text: String! at: Date }
        enum State { OPEN DONE }
        scalar Date
        input Change { note: String! state: State }
        type Mutation { change(id: ID!, change: Change!): Visit }
    ";

    fn app(text: &str) -> FrontEnd {
        let file = |path: &str, text: &str| File {
            path: path.into(),
            text: text.into(),
        };
        FrontEnd {
            files: vec![
                file("package.json", "{\"name\":\"chart\"}"),
                file("src/index.tsx", text),
            ],
            ..FrontEnd::default()
        }
    }

    const SOURCE: &str = r#"import { gql, useQuery } from "@apollo/client";
const CHART = gql`
  query Chart($id: ID!) {
    patient(id: $id) { name dob phone notes { text at } }
  }
`;
export function Chart({ id }) {
  const { data } = useQuery(CHART, { variables: { id } });
  if (!data) return null;
  return <p>{data.patient.name} {data.patient.phone} {data.patient.notes.map((note) => note.text)}</p>;
}
"#;

    #[test]
    fn says_what_is_deprecated_and_where() {
        let analysis = analysed(&app(SOURCE));
        let known = Known::read("schema.graphql", SDL).unwrap();
        let remarks = check(&known, &analysis.fragment, &analysis.places);
        let [remark] = &remarks[..] else {
            panic!("{remarks:?}")
        };
        assert!(
            remark.message.contains("`Patient.phone` is deprecated")
                && remark.help == "use `contact`",
            "{remark:?}"
        );
        assert_eq!(
            (remark.at.file.as_str(), remark.at.line, remark.at.column),
            ("src/index.tsx", 4, 33)
        );
    }

    #[test]
    fn says_what_the_schema_refuses() {
        let analysis = analysed(&app(&SOURCE.replace("dob", "birthday")));
        let known = Known::read("schema.graphql", SDL).unwrap();
        let remarks = check(&known, &analysis.fragment, &analysis.places);
        let wrong = remarks.iter().find(|remark| remark.is_error).unwrap();
        assert!(wrong.message.contains("birthday"), "{wrong:?}");
        assert_eq!((wrong.at.line, wrong.at.column), (4, 29));
    }

    #[test]
    fn lists_what_a_new_schema_breaks() {
        let analysis = analysed(&app(SOURCE));
        let known = Known::read("schema.graphql", SDL).unwrap();
        let same = breaking(&known, &known, &analysis.fragment, &analysis.places);
        assert!(same.is_empty(), "{same:?}");
        let gone = Known::read("new.graphql", &SDL.replace("dob: String!", "")).unwrap();
        let [remark] = &breaking(&known, &gone, &analysis.fragment, &analysis.places)[..] else {
            panic!("one")
        };
        assert!(
            remark
                .message
                .contains("`Chart` of chart: the new schema refuses it")
                && remark.help.contains("src/index.tsx:8"),
            "{remark:?}"
        );
        let weaker = Known::read(
            "new.graphql",
            &SDL.replace("name: String! dob", "name: String dob"),
        )
        .unwrap();
        let [remark] = &breaking(&known, &weaker, &analysis.fragment, &analysis.places)[..] else {
            panic!("one")
        };
        assert!(
            remark
                .message
                .contains("`patient.name` was `String!` and would be `String`"),
            "{remark:?}"
        );
        let stronger = Known::read(
            "new.graphql",
            &SDL.replace("phone: String ", "phone: String! "),
        )
        .unwrap();
        assert!(breaking(&known, &stronger, &analysis.fragment, &analysis.places).is_empty());
    }

    #[test]
    fn finds_fields_that_nothing_reads() {
        let analysis = analysed(&app(SOURCE));
        let unread: Vec<(&str, u32)> = analysis.fragment.operations[0]
            .unread
            .iter()
            .map(|one| (one.path.as_str(), one.at.line))
            .collect();
        assert_eq!(unread, [("patient.dob", 4), ("patient.notes.at", 4)]);
    }

    #[test]
    fn says_nothing_of_what_goes_out_of_sight() {
        for (from, to, hidden) in [
            (
                "{data.patient.name}",
                "{JSON.stringify(data.patient)}",
                "patient",
            ),
            (
                "{data.patient.name}",
                "<Grid rows={data.patient.notes} /> {data.patient.name}",
                "patient.notes",
            ),
            ("{data.patient.name}", "{log(data)}", ""),
        ] {
            let text = format!(
                "import {{ Grid, log }} from 'somewhere';\n{}",
                SOURCE.replace(from, to)
            );
            let analysis = analysed(&app(&text));
            let operation = &analysis.fragment.operations[0];
            assert!(
                operation.escapes.iter().any(|escape| escape.path == hidden),
                "{to}: {:?}",
                operation.escapes
            );
            let is_below = |path: &str| {
                hidden.is_empty() || path == hidden || path.starts_with(&format!("{hidden}."))
            };
            assert!(
                operation.unread.iter().all(|one| !is_below(&one.path)),
                "{to}: {:?}",
                operation.unread
            );
        }
    }

    #[test]
    fn writes_types_of_what_is_used() {
        let text = r#"import { gql, useQuery, useMutation } from "@apollo/client";
const NODE = gql`query Node($id: ID!, $deep: Boolean = true) { node(id: $id) { __typename id ... on Visit { state } ... on Patient { notes @include(if: $deep) { at } } } }`;
const CHANGE = gql`mutation Change($id: ID!, $change: Change!) { change(id: $id, change: $change) { id } }`;
export const useNode = (id) => useQuery(NODE, { variables: { id } });
export const useChange = () => useMutation(CHANGE);
"#;
        let analysis = analysed(&app(text));
        let known = Known::read("schema.graphql", SDL).unwrap();
        let types = typescript(&known, &analysis.fragment);
        for part in [
            "readonly __typename: \"Patient\";",
            "readonly __typename: \"Visit\";",
            "readonly state: State;",
            "readonly notes?: ReadonlyArray<{",
            "readonly at: unknown | null;",
            "readonly deep?: boolean | null;",
            "export type State = \"OPEN\" | \"DONE\";",
            "export interface Change {\n  readonly note: string;\n  readonly state?: State | null;\n}",
            "export type NodeDocument = TypedDocumentNode<NodeResult, NodeVariables>;",
        ] {
            assert!(types.contains(part), "{part}\n{types}");
        }
        assert!(!types.contains("Note {"), "only what is used");
    }

    #[test]
    fn reads_introspections() {
        let json = r#"{"data":{"__schema":{"queryType":{"name":"Query"},"types":[
            {"kind":"OBJECT","name":"Query","fields":[{"name":"patient","args":[{"name":"id","type":{"kind":"NON_NULL","ofType":{"kind":"SCALAR","name":"ID"}}}],"type":{"kind":"OBJECT","name":"Patient"},"isDeprecated":false}]},
            {"kind":"OBJECT","name":"Patient","fields":[{"name":"name","args":[],"type":{"kind":"NON_NULL","ofType":{"kind":"SCALAR","name":"String"}}},{"name":"dob","args":[],"type":{"kind":"SCALAR","name":"String"},"isDeprecated":true,"deprecationReason":"say \"no\""}]},
            {"kind":"SCALAR","name":"ID"},{"kind":"SCALAR","name":"String"}],"directives":[]}}}"#;
        let known = Known::read("schema.json", json).unwrap();
        let analysis = analysed(&app(&SOURCE.replace("phone notes { text at }", "")));
        let remarks = check(&known, &analysis.fragment, &analysis.places);
        assert_eq!(
            remarks
                .iter()
                .map(|remark| remark.help.as_str())
                .collect::<Vec<_>>(),
            ["say \"no\""]
        );
    }
}

/// The six apps of the example page, against the documents that its sessions are known to send (examples/healthhub).
mod example {
    use super::{found, named};
    use forebay::analyze::analyze;
    use forebay::analyze::disk::Machine;
    use forebay::analyze::fragment::{Fragment, Kind, Value};
    use forebay::graphql::{Reading, Types, read};
    use std::collections::BTreeSet;

    fn app(name: &str) -> Fragment {
        let root = format!(
            "{}/examples/healthhub/apps/{name}",
            env!("CARGO_MANIFEST_DIR")
        );
        let analysis = analyze(&Machine, &root).unwrap();
        let errors: Vec<_> = analysis
            .remarks
            .iter()
            .filter(|remark| remark.is_error)
            .collect();
        assert!(errors.is_empty(), "{name}: {errors:?}");
        assert!(analysis.fragment.is_whole());
        let again = Fragment::from_json(&analysis.fragment.to_json()).unwrap();
        assert_eq!(again, analysis.fragment, "what is written is what is read");
        analysis.fragment
    }

    const APPS: [(&str, &[&str]); 6] = [
        ("shell-header", &["Q1a"]),
        ("notifications", &["Q1b"]),
        ("analytics", &["Q1c", "Q3a"]),
        ("patient-profile", &["Q1d", "Q2a"]),
        ("care-summary", &["Q2b"]),
        ("schedule", &["Q3b"]),
    ];

    #[test]
    fn each_app_sends_exactly_its_documents() {
        let text = std::fs::read_to_string(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/examples/healthhub/scenario.json"
        ))
        .unwrap();
        let scenario: serde_json::Value = serde_json::from_str(&text).unwrap();
        for (name, documents) in APPS {
            let fragment = app(name);
            assert_eq!(fragment.app.name, name);
            let queries = fragment
                .operations
                .iter()
                .filter(|operation| operation.kind == Kind::Query);
            let found: BTreeSet<&str> = queries
                .map(|operation| operation.document.as_str())
                .collect();
            let sent: BTreeSet<&str> = documents
                .iter()
                .map(|document| scenario["documents"][document].as_str().unwrap())
                .collect();
            assert_eq!(found, sent, "{name}");
        }
    }

    #[test]
    fn normal_forms_are_those_of_the_runtime() {
        for (name, _) in APPS {
            for operation in app(name)
                .operations
                .iter()
                .filter(|operation| operation.kind == Kind::Query)
            {
                let template = operation.normal_form.as_ref().unwrap();
                let filled = template.texts.iter().enumerate().map(|(number, text)| {
                    let value = if number < template.slots.len() {
                        "\"17\""
                    } else {
                        ""
                    };
                    format!("{text}{value}")
                });
                let variables = match operation.variables.first() {
                    Some(variable) => format!("{{\"{}\":\"17\"}}", variable.name),
                    None => String::new(),
                };
                let Ok(Reading::Query(reading)) =
                    read(&operation.document, None, &variables, &Types::default())
                else {
                    panic!("{name}")
                };
                assert_eq!(filled.collect::<String>(), reading.normal_form(), "{name}");
            }
        }
    }

    #[test]
    fn rest_requests_are_seen_through_each_teams_spelling() {
        let mut all = BTreeSet::new();
        for (name, _) in APPS {
            let fragment = app(name);
            let requests = found(&fragment)
                .into_iter()
                .map(|truth| truth.what)
                .filter(|what| what.contains(" /") || what.contains(" {}"));
            all.extend(requests.map(|what| format!("{name}: {what}")));
        }
        let expected = [
            "analytics: GET /api/viewer",
            "analytics: POST /api/visits/search",
            // Where the page is when it is sent decides: `../api/…`.
            "care-summary: GET {}/../api/patients/{}",
            "notifications: GET /api/viewer",
            "patient-profile: GET /api/patients/{}",
            "patient-profile: GET /api/viewer",
            "schedule: PATCH /api/visits/{}",
            "schedule: POST /api/visits/search",
            "shell-header: GET /api/viewer",
        ];
        assert_eq!(all.iter().map(String::as_str).collect::<Vec<_>>(), expected);
    }

    /// Overlaps that are claimed: equal fingerprints. All of them, and no other, are known of the page.
    #[test]
    fn no_overlap_is_wrong() {
        let mut by_fingerprint: std::collections::BTreeMap<String, BTreeSet<String>> =
            Default::default();
        for (name, _) in APPS {
            let fragment = app(name);
            for operation in fragment
                .operations
                .iter()
                .filter(|operation| !operation.fingerprint.is_empty())
            {
                by_fingerprint
                    .entry(operation.fingerprint.clone())
                    .or_default()
                    .insert(operation.name.clone());
            }
        }
        let shared: BTreeSet<Vec<String>> = by_fingerprint
            .into_values()
            .filter(|names| names.len() > 1)
            .map(|names| names.into_iter().collect())
            .collect();
        // `ProfileViewer` spreads a fragment on `User`: without the schema's types it is not proved to be the same.
        let known = [
            vec!["AnalyticsAppts", "ScheduleAppts"],
            vec!["AnalyticsViewer", "ShellUser"],
        ];
        let known: BTreeSet<Vec<String>> = known
            .iter()
            .map(|names| names.iter().map(|name| (*name).to_owned()).collect())
            .collect();
        assert_eq!(shared, known);
    }

    #[test]
    fn an_entry_tells_what_its_app_asks_for() {
        let fragment = app("patient-profile");
        let entry = fragment
            .entries
            .iter()
            .find(|entry| entry.name == ".")
            .unwrap();
        let patient = entry
            .asks
            .iter()
            .find(|ask| named(&fragment, ask.what) == "GetPatient")
            .unwrap();
        assert!(patient.at_once);
        assert_eq!(
            patient.with.get("id"),
            Some(&Value::Param("id".into())),
            "as forebay.config.json declares"
        );
        let schedule = app("schedule");
        let entry = schedule
            .entries
            .iter()
            .find(|entry| entry.name == ".")
            .unwrap();
        let change = entry
            .asks
            .iter()
            .find(|ask| named(&schedule, ask.what) == "Reschedule")
            .unwrap();
        assert!(!change.at_once, "a write is never started by itself");
    }
}
