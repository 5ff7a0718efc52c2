//! Refresh tokens: each is replaced by its use, the old one is taken for a while longer in case the answer was lost, and
//! after that its use means theft.

use super::{
    SECOND, ask, assert_error, client, code, count, exchange, furnished, read, redirect_uri, renew, scim,
    text, tokens,
};

crate::on_both! {
    async fn a_refresh_token_is_replaced_by_its_use(backend: Backend) {
        let (house, room, browser) = furnished(backend).await;
        let (access, mut refresh) = tokens(&house, &room, &browser).await;
        for _ in 0..3 {
            house.clock.advance(3601 * SECOND);
            let (status, body) = renew(&house, &room, &refresh).await;
            assert_eq!(status, 200, "{body}");
            let next = text(&body, "refresh_token");
            assert_ne!(next, refresh);
            assert_eq!(scim(&house, &room, &text(&body, "access_token")).await, 200);
            refresh = next;
        }
        assert_eq!(scim(&house, &room, &access).await, 401);
    }
}

crate::on_both! {
    async fn an_answer_lost_on_the_way_can_be_asked_for_again(backend: Backend) {
        let (house, room, browser) = furnished(backend).await;
        let (_, refresh) = tokens(&house, &room, &browser).await;
        assert_eq!(renew(&house, &room, &refresh).await.0, 200);
        house.clock.advance(119 * SECOND);
        let (status, body) = renew(&house, &room, &refresh).await;
        assert_eq!(status, 200, "{body}");
        assert_eq!(scim(&house, &room, &text(&body, "access_token")).await, 200);
        assert_eq!(renew(&house, &room, &text(&body, "refresh_token")).await.0, 200);
    }
}

crate::on_both! {
    async fn a_replaced_token_used_later_ends_everything_it_gave(backend: Backend) {
        let (house, room, browser) = furnished(backend).await;
        let (first, refresh) = tokens(&house, &room, &browser).await;
        let (_, body) = renew(&house, &room, &refresh).await;
        let (second, next) = (text(&body, "access_token"), text(&body, "refresh_token"));
        let (bystander, _) = tokens(&house, &room, &browser).await;
        house.clock.advance(121 * SECOND);
        assert_eq!(scim(&house, &room, &second).await, 200);
        assert_error(renew(&house, &room, &refresh).await, 400, "invalid_grant");
        for access in [&first, &second] {
            assert_eq!(scim(&house, &room, access).await, 401);
        }
        assert_error(renew(&house, &room, &next).await, 400, "invalid_grant");
        assert_eq!(count(&house, &room, "grant_ended").await, 1);
        assert_eq!(scim(&house, &room, &bystander).await, 200, "another grant of the same client goes on");
    }
}

crate::on_both! {
    async fn a_scope_may_be_narrowed_and_never_widened(backend: Backend) {
        let (house, room, browser) = furnished(backend).await;
        let code = code(&house, &room, &browser, &[("scope", "scim.read scim.write")]).await;
        let (_, body) = exchange(&house, &room, &code).await;
        let refresh = text(&body, "refresh_token");
        let asked = async |token: &str, scope: &str| {
            let form = [("grant_type", "refresh_token"), ("refresh_token", token), ("scope", scope)];
            ask(&house, &room, &form).await
        };
        assert_error(asked(&refresh, "scim.read entitlements.read").await, 400, "invalid_scope");
        assert_error(asked(&refresh, "everything").await, 400, "invalid_scope");
        let (status, body) = asked(&refresh, "scim.read").await;
        assert_eq!((status, text(&body, "scope").as_str()), (200, "scim.read"));
        // RFC 6749 §6: the refresh token keeps what was approved.
        let (status, body) = asked(&text(&body, "refresh_token"), "").await;
        assert_eq!((status, text(&body, "scope").as_str()), (200, "scim.read scim.write"));
    }
}

crate::on_both! {
    async fn a_refresh_token_is_its_client_s_own_and_runs_out_unused(backend: Backend) {
        let (house, room, browser) = furnished(backend).await;
        let (access, refresh) = tokens(&house, &room, &browser).await;
        let (other, secret) = client(&house, &room.workspace, "scim", &redirect_uri(&room)).await;
        let form = [("grant_type", "refresh_token"), ("refresh_token", refresh.as_str())];
        let request = house.http.post(house.url("/api/okta/scim/oauth/token")).form(&form);
        let request = request.basic_auth(&other.client_id, Some(&secret));
        assert_error(read(request.send().await.unwrap()).await, 400, "invalid_grant");
        for nonsense in ["", "x", access.as_str(), room.token.as_str(), &refresh[..refresh.len() - 1]] {
            assert_error(renew(&house, &room, nonsense).await, 400, "invalid_grant");
        }
        assert_eq!(scim(&house, &room, &refresh).await, 401, "it opens nothing itself");
        let (status, body) = renew(&house, &room, &refresh).await;
        assert_eq!(status, 200, "nothing of it did harm: {body}");
        house.clock.advance(181 * 86_400 * SECOND);
        assert_error(renew(&house, &room, &text(&body, "refresh_token")).await, 400, "invalid_grant");
    }
}
