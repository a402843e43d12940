//! Routers whose declarations are files and folders.

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
