// A Go program whose people sign in through Vestibule. README.md lists the environment variables.
package main

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"log"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

const logoutEvent = "http://schemas.openid.net/event/backchannel-logout"

// session of a browser: a sign-in that is under way, or somebody who is signed in.
type session struct {
	state, nonce, verifier                string
	sub, sid, email, accessToken, idToken string
}

type app struct {
	base, clientID string
	provider       *oidc.Provider
	oauth          oauth2.Config
	endSession     string
	userinfo       string
	mu             sync.Mutex
	sessions       map[string]session // of one process; several processes share one store
}

func random() string {
	bytes := make([]byte, 32)
	if _, err := rand.Read(bytes); err != nil {
		panic(err)
	}
	return base64.RawURLEncoding.EncodeToString(bytes)
}

func (a *app) session(r *http.Request) (string, session) {
	cookie, err := r.Cookie("session")
	if err != nil {
		return "", session{}
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	return cookie.Value, a.sessions[cookie.Value]
}

// save keeps a session under a new id, in place of an old one.
func (a *app) save(w http.ResponseWriter, old string, s session) {
	id := random()
	a.mu.Lock()
	delete(a.sessions, old)
	a.sessions[id] = s
	a.mu.Unlock()
	http.SetCookie(w, &http.Cookie{
		Name: "session", Value: id, Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode,
		Secure: strings.HasPrefix(a.base, "https:"),
	})
}

func (a *app) end(id string) {
	a.mu.Lock()
	delete(a.sessions, id)
	a.mu.Unlock()
}

func signedOut(w http.ResponseWriter, status int) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	fmt.Fprint(w, `<!doctype html><title>Go</title><a href="/login">Sign in</a>`)
}

// home answers from the app's own session, which ends when Vestibule calls /backchannel-logout.
func (a *app) home(w http.ResponseWriter, r *http.Request) {
	_, s := a.session(r)
	if s.sub == "" {
		signedOut(w, http.StatusOK)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	fmt.Fprintf(w, `<!doctype html><title>Go</title>Signed in as %s. <a href="/roles">Roles</a> <a href="/logout">Sign out</a>`,
		html.EscapeString(s.email))
}

// roles asks Vestibule on each request: roles are those of this moment, and the end of access is seen at once.
func (a *app) roles(w http.ResponseWriter, r *http.Request) {
	id, s := a.session(r)
	if s.sub == "" {
		signedOut(w, http.StatusUnauthorized)
		return
	}
	request, err := http.NewRequestWithContext(r.Context(), http.MethodGet, a.userinfo, nil)
	if err != nil {
		http.Error(w, "The address of userinfo is none.", http.StatusInternalServerError)
		return
	}
	request.Header.Set("Authorization", "Bearer "+s.accessToken)
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		http.Error(w, "Vestibule does not answer", http.StatusBadGateway)
		return
	}
	defer answer.Body.Close()
	var now struct {
		Roles []string `json:"roles"`
	}
	switch {
	case answer.StatusCode == http.StatusUnauthorized:
		a.end(id)
		signedOut(w, http.StatusUnauthorized)
	case answer.StatusCode != http.StatusOK || json.NewDecoder(answer.Body).Decode(&now) != nil:
		http.Error(w, "Vestibule does not answer", http.StatusBadGateway)
	default:
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprintf(w, "<!doctype html><title>Go</title>Roles: %s", html.EscapeString(strings.Join(now.Roles, ", ")))
	}
}

func (a *app) login(w http.ResponseWriter, r *http.Request) {
	s := session{state: random(), nonce: random(), verifier: random()}
	challenge := sha256.Sum256([]byte(s.verifier))
	a.save(w, "", s)
	http.Redirect(w, r, a.oauth.AuthCodeURL(s.state, oidc.Nonce(s.nonce),
		oauth2.SetAuthURLParam("code_challenge", base64.RawURLEncoding.EncodeToString(challenge[:])),
		oauth2.SetAuthURLParam("code_challenge_method", "S256")), http.StatusSeeOther)
}

func (a *app) callback(w http.ResponseWriter, r *http.Request) {
	id, s := a.session(r)
	query := r.URL.Query()
	if s.state == "" || query.Get("state") != s.state || query.Get("code") == "" {
		http.Error(w, "This sign-in is not under way in this browser.", http.StatusBadRequest)
		return
	}
	signedIn, err := a.exchange(r.Context(), query.Get("code"), s)
	if err != nil {
		log.Print(err)
		http.Error(w, "The sign-in failed.", http.StatusBadRequest)
		return
	}
	a.save(w, id, signedIn)
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

func (a *app) exchange(ctx context.Context, code string, s session) (session, error) {
	token, err := a.oauth.Exchange(ctx, code, oauth2.SetAuthURLParam("code_verifier", s.verifier))
	if err != nil {
		return session{}, err
	}
	raw, _ := token.Extra("id_token").(string)
	idToken, err := a.provider.Verifier(&oidc.Config{ClientID: a.clientID}).Verify(ctx, raw)
	if err != nil {
		return session{}, err
	}
	if idToken.Nonce != s.nonce {
		return session{}, errors.New("the nonce of the ID token is another sign-in's")
	}
	var claims struct{ Sid, Email string }
	if err := idToken.Claims(&claims); err != nil {
		return session{}, err
	}
	return session{sub: idToken.Subject, sid: claims.Sid, email: claims.Email, accessToken: token.AccessToken, idToken: raw}, nil
}

func (a *app) logout(w http.ResponseWriter, r *http.Request) {
	id, s := a.session(r)
	a.end(id)
	query := url.Values{"post_logout_redirect_uri": {a.base + "/"}, "client_id": {a.clientID}}
	if s.idToken != "" {
		query.Set("id_token_hint", s.idToken)
	}
	http.Redirect(w, r, a.endSession+"?"+query.Encode(), http.StatusSeeOther)
}

func (a *app) backchannelLogout(w http.ResponseWriter, r *http.Request) {
	if err := a.endByToken(r.Context(), r.PostFormValue("logout_token")); err != nil {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusBadRequest)
		_ = json.NewEncoder(w).Encode(map[string]string{"error": "invalid_request", "error_description": err.Error()})
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

func (a *app) endByToken(ctx context.Context, raw string) error {
	// The clock may be two minutes fast.
	now := func() time.Time { return time.Now().Add(-2 * time.Minute) }
	token, err := a.provider.Verifier(&oidc.Config{ClientID: a.clientID, Now: now}).Verify(ctx, raw)
	if err != nil {
		return err
	}
	var header struct{ Typ string }
	decoded, err := base64.RawURLEncoding.DecodeString(strings.SplitN(raw, ".", 2)[0])
	if err != nil || json.Unmarshal(decoded, &header) != nil || header.Typ != "logout+jwt" {
		return errors.New("the token is no logout+jwt")
	}
	var claims struct {
		Sid    string
		Nonce  *string
		Events map[string]json.RawMessage
	}
	if err := token.Claims(&claims); err != nil {
		return err
	}
	if _, is := claims.Events[logoutEvent]; !is || claims.Nonce != nil {
		return errors.New("no logout token")
	}
	// A token with a sid ends that session, one without ends every session of the person.
	a.mu.Lock()
	defer a.mu.Unlock()
	for id, s := range a.sessions {
		if s.sub != "" && (claims.Sid != "" && s.sid == claims.Sid || claims.Sid == "" && s.sub == token.Subject) {
			delete(a.sessions, id)
		}
	}
	return nil
}

func main() {
	base := os.Getenv("BASE_URL")
	provider, err := oidc.NewProvider(context.Background(), os.Getenv("ISSUER"))
	if err != nil {
		log.Fatal(err)
	}
	var metadata struct {
		EndSession string `json:"end_session_endpoint"`
		Userinfo   string `json:"userinfo_endpoint"`
	}
	if err := provider.Claims(&metadata); err != nil {
		log.Fatal(err)
	}
	a := &app{
		base: base, clientID: os.Getenv("CLIENT_ID"), provider: provider,
		endSession: metadata.EndSession, userinfo: metadata.Userinfo, sessions: map[string]session{},
		oauth: oauth2.Config{
			ClientID: os.Getenv("CLIENT_ID"), ClientSecret: os.Getenv("CLIENT_SECRET"), Endpoint: provider.Endpoint(),
			RedirectURL: base + "/callback", Scopes: []string{oidc.ScopeOpenID, "profile", "email", "roles"},
		},
	}
	http.HandleFunc("/", a.home)
	http.HandleFunc("/roles", a.roles)
	http.HandleFunc("/login", a.login)
	http.HandleFunc("/callback", a.callback)
	http.HandleFunc("/logout", a.logout)
	http.HandleFunc("/backchannel-logout", a.backchannelLogout)
	address, err := url.Parse(base)
	if err != nil {
		log.Fatal(err)
	}
	log.Fatal(http.ListenAndServe(address.Host, nil))
}
