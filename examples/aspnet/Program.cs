// An ASP.NET Core app whose people sign in through Vestibule. README.md lists the environment variables.
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.AspNetCore.Authentication.OpenIdConnect;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;
using Microsoft.IdentityModel.Tokens;

const string Cookies = CookieAuthenticationDefaults.AuthenticationScheme, Oidc = OpenIdConnectDefaults.AuthenticationScheme;
const string Api = JwtBearerDefaults.AuthenticationScheme;
const string LogoutEvent = "http://schemas.openid.net/event/backchannel-logout";

var builder = WebApplication.CreateBuilder(args);
string issuer = builder.Configuration["ISSUER"]!, clientId = builder.Configuration["CLIENT_ID"]!;
string secret = builder.Configuration["CLIENT_SECRET"]!, baseUrl = builder.Configuration["BASE_URL"] ?? "http://127.0.0.1:3000";
bool https = baseUrl.StartsWith("https:");
var sessions = new Sessions(); // of one process; several processes share one store
var ends = new Ends(issuer, clientId, secret);
builder.WebHost.UseUrls(builder.Configuration["LISTEN"] ?? baseUrl);
builder.Services.AddHttpClient();
builder.Services.AddHostedService(_ => ends);
builder.Services.AddAuthorization();
builder.Services.AddAuthentication(Cookies)
    .AddCookie(options =>
    {
        // The cookie holds the id of a session alone, so that the session can end without the browser.
        options.SessionStore = sessions;
        options.Cookie.SameSite = SameSiteMode.Lax;
    })
    .AddOpenIdConnect(options =>
    {
        (options.Authority, options.ClientId, options.ClientSecret) = (issuer, clientId, secret);
        options.RequireHttpsMetadata = issuer.StartsWith("https:");
        options.ResponseType = OpenIdConnectResponseType.Code; // with PKCE and a nonce, which are the defaults
        // The default, a posted form, needs cookies with SameSite=None, and those need https.
        if (!https) options.ResponseMode = OpenIdConnectResponseMode.Query;
        options.MapInboundClaims = false;
        options.SaveTokens = true;
        options.Scope.Add("email");
        options.Scope.Add("roles");
        options.TokenValidationParameters.NameClaimType = "email";
    })
    .AddJwtBearer(options =>
    {
        (options.Authority, options.Audience) = (issuer, baseUrl);
        options.RequireHttpsMetadata = issuer.StartsWith("https:");
        options.MapInboundClaims = false;
        options.TokenValidationParameters.ValidIssuer = issuer;
        options.TokenValidationParameters.ValidTypes = ["at+jwt"];
        options.TokenValidationParameters.ValidAlgorithms = [SecurityAlgorithms.RsaSha256];
        options.TokenValidationParameters.ClockSkew = TimeSpan.FromMinutes(1);
        options.Events = new JwtBearerEvents
        {
            OnTokenValidated = context =>
            {
                string? sub = context.Principal?.FindFirst("sub")?.Value, sid = context.Principal?.FindFirst("sid")?.Value;
                // A token with cnf is bound to a key (RFC 9449). No proof is checked here, so it is refused.
                bool whole = context.Principal?.FindFirst("cnf") is null && long.TryParse(context.Principal?.FindFirst("epoch")?.Value, out long epoch) && sub is not null;
                if (!whole || ends.Ended(sub!, sid, epoch)) context.Fail("access has ended");
                return Task.CompletedTask;
            },
        };
    });

var app = builder.Build();
// Lets nobody into the API while the stream of ends is not trusted.
app.Use(async (context, next) =>
{
    if (context.Request.Path.StartsWithSegments("/api") && !ends.Fresh)
    {
        context.Response.Headers.RetryAfter = "5";
        context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
        return;
    }
    await next();
});
app.UseAuthentication();
app.UseAuthorization();

IResult Page(string body, int status = 200) => Results.Content($"<!doctype html><title>ASP.NET Core</title>{body}", "text/html", null, status);
IResult SignedOut(int status = 200) => Page("""<a href="/login">Sign in</a>""", status);

// Answered from the app's own session, which ends when Vestibule calls /backchannel-logout.
app.MapGet("/", (HttpContext context) => context.User.Identity?.IsAuthenticated == true
    ? Page($"""Signed in as {WebUtility.HtmlEncode(context.User.Identity.Name)}. <a href="/roles">Roles</a> <a href="/logout">Sign out</a>""")
    : SignedOut());

app.MapGet("/login", () => Results.Challenge(new AuthenticationProperties { RedirectUri = "/" }, [Oidc]));

// Ends the app's session, then Vestibule's, with the ID token as its hint.
app.MapGet("/logout", () => Results.SignOut(new AuthenticationProperties { RedirectUri = "/" }, [Cookies, Oidc]));

// Asks Vestibule on each request: roles are those of this moment, and the end of access is seen at once.
app.MapGet("/roles", async (HttpContext context, HttpClient http) =>
{
    if (await context.GetTokenAsync("access_token") is not string token) return SignedOut(401);
    using var request = new HttpRequestMessage(HttpMethod.Get, $"{issuer}/oauth/userinfo");
    request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
    using var answer = await http.SendAsync(request);
    if (answer.StatusCode == HttpStatusCode.Unauthorized)
    {
        await context.SignOutAsync(Cookies);
        return SignedOut(401);
    }
    if (!answer.IsSuccessStatusCode) return Page("Vestibule does not answer.", 502);
    var now = await answer.Content.ReadFromJsonAsync<JsonElement>();
    var roles = now.GetProperty("roles").EnumerateArray().Select(role => role.GetString());
    return Page($"Roles: {WebUtility.HtmlEncode(string.Join(", ", roles))}");
});

app.MapPost("/backchannel-logout", async (HttpContext context, IOptionsMonitor<OpenIdConnectOptions> options) =>
{
    var form = await context.Request.ReadFormAsync();
    var manager = options.Get(Oidc).ConfigurationManager!;
    var result = await Verify(form["logout_token"].ToString());
    if (result.Exception is SecurityTokenSignatureKeyNotFoundException)
    {
        manager.RequestRefresh(); // a key that is newer than the set in memory
        result = await Verify(form["logout_token"].ToString());
    }
    if (!result.IsValid || result.SecurityToken is not JsonWebToken token || token.TryGetClaim("nonce", out _)
        || !token.TryGetPayloadValue("events", out JsonElement events) || !events.TryGetProperty(LogoutEvent, out _))
        return Results.Json(new { error = "invalid_request" }, statusCode: 400);
    sessions.End(token.TryGetPayloadValue("sub", out string sub) ? sub : null, token.TryGetPayloadValue("sid", out string sid) ? sid : null);
    return Results.NoContent();

    async Task<TokenValidationResult> Verify(string raw)
    {
        var known = await manager.GetConfigurationAsync(context.RequestAborted);
        return await new JsonWebTokenHandler().ValidateTokenAsync(raw, new TokenValidationParameters
        {
            ValidIssuer = issuer, ValidAudience = clientId, IssuerSigningKeys = known.SigningKeys,
            ValidTypes = ["logout+jwt"], ValidAlgorithms = [SecurityAlgorithms.RsaSha256], ClockSkew = TimeSpan.FromMinutes(2),
        });
    }
});

// An API for access tokens that are JWTs (RFC 9068). Checked here, without a request to Vestibule.
app.MapGet("/api/me", (HttpContext context) => Results.Json(new
{
    sub = context.User.FindFirst("sub")!.Value,
    roles = context.User.FindAll("roles").Select(role => role.Value),
})).RequireAuthorization(policy => policy.AddAuthenticationSchemes(Api).RequireAuthenticatedUser());

app.Run();
