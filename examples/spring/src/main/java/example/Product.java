// A Spring Boot app whose people sign in through Vestibule. README.md lists the environment variables.
package example;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.util.List;
import java.util.Map;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.annotation.AuthenticationPrincipal;
import org.springframework.security.oauth2.client.OAuth2AuthorizedClient;
import org.springframework.security.oauth2.client.web.OAuth2AuthorizedClientRepository;
import org.springframework.security.oauth2.core.oidc.user.OidcUser;
import org.springframework.security.oauth2.jwt.Jwt;
import org.springframework.security.web.authentication.logout.SecurityContextLogoutHandler;
import org.springframework.security.web.csrf.CsrfToken;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.client.HttpClientErrorException;
import org.springframework.web.client.RestClient;
import org.springframework.web.util.HtmlUtils;

@SpringBootApplication
@RestController
public class Product {
    private final OAuth2AuthorizedClientRepository clients;
    private final RestClient vestibule;

    Product(OAuth2AuthorizedClientRepository clients, RestClient.Builder builder, @Value("${issuer}") String issuer) {
        this.clients = clients;
        this.vestibule = builder.baseUrl(issuer).build();
    }

    public static void main(String[] arguments) {
        SpringApplication.run(Product.class, arguments);
    }

    // Answered from the app's own session, which ends when Vestibule calls /logout/connect/back-channel/vestibule.
    @GetMapping("/")
    ResponseEntity<String> home(@AuthenticationPrincipal OidcUser user, CsrfToken csrf) {
        if (user == null) {
            return signedOut(HttpStatus.OK);
        }
        return page(HttpStatus.OK, """
            Signed in as %s. <a href="/roles">Roles</a>
            <form method="post" action="/logout"><input type="hidden" name="%s" value="%s"><button>Sign out</button></form>
            """.formatted(HtmlUtils.htmlEscape(user.getEmail()), csrf.getParameterName(), csrf.getToken()));
    }

    // Asks Vestibule on each request: roles are those of this moment, and the end of access is seen at once.
    @GetMapping("/roles")
    ResponseEntity<String> roles(Authentication person, HttpServletRequest request, HttpServletResponse response) {
        OAuth2AuthorizedClient client = person == null ? null : clients.loadAuthorizedClient("vestibule", person, request);
        if (client == null) {
            return signedOut(HttpStatus.UNAUTHORIZED);
        }
        try {
            Now now = vestibule.get().uri("/oauth/userinfo")
                .headers(headers -> headers.setBearerAuth(client.getAccessToken().getTokenValue()))
                .retrieve().body(Now.class);
            return page(HttpStatus.OK, "Roles: " + HtmlUtils.htmlEscape(String.join(", ", now.roles())));
        } catch (HttpClientErrorException.Unauthorized ended) {
            new SecurityContextLogoutHandler().logout(request, response, person);
            return signedOut(HttpStatus.UNAUTHORIZED);
        }
    }

    record Now(List<String> roles) {}

    // An API for access tokens that are JWTs (RFC 9068), which Security.java checks.
    @GetMapping("/api/me")
    Map<String, Object> me(@AuthenticationPrincipal Jwt token) {
        return Map.of("sub", token.getSubject(), "roles", token.getClaimAsStringList("roles"));
    }

    private static ResponseEntity<String> signedOut(HttpStatus status) {
        return page(status, "<a href=\"/oauth2/authorization/vestibule\">Sign in</a>");
    }

    private static ResponseEntity<String> page(HttpStatus status, String body) {
        return ResponseEntity.status(status).contentType(MediaType.TEXT_HTML).body("<!doctype html><title>Spring</title>" + body);
    }
}
