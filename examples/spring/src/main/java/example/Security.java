// Who gets in where: browsers by oauth2Login, the API by JWT access tokens (docs/edge.md).
package example;

import static org.springframework.security.config.Customizer.withDefaults;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.annotation.Order;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.oauth2.client.oidc.web.logout.OidcClientInitiatedLogoutSuccessHandler;
import org.springframework.security.oauth2.client.registration.ClientRegistrationRepository;
import org.springframework.security.oauth2.core.DelegatingOAuth2TokenValidator;
import org.springframework.security.oauth2.core.OAuth2Error;
import org.springframework.security.oauth2.core.OAuth2TokenValidator;
import org.springframework.security.oauth2.core.OAuth2TokenValidatorResult;
import org.springframework.security.oauth2.jwt.Jwt;
import org.springframework.security.oauth2.jwt.JwtClaimValidator;
import org.springframework.security.oauth2.jwt.JwtIssuerValidator;
import org.springframework.security.oauth2.jwt.JwtTimestampValidator;
import org.springframework.security.oauth2.jwt.JwtTypeValidator;
import org.springframework.security.oauth2.jwt.NimbusJwtDecoder;
import org.springframework.security.oauth2.server.resource.web.authentication.BearerTokenAuthenticationFilter;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.security.web.session.HttpSessionEventPublisher;
import org.springframework.web.filter.OncePerRequestFilter;

@Configuration
class Security {
    private static final OAuth2Error INVALID = new OAuth2Error("invalid_token", "The token is not accepted.", null);

    @Bean
    @Order(1)
    SecurityFilterChain api(HttpSecurity http, Ends ends, @Value("${issuer}") String issuer, @Value("${base-url}") String base)
            throws Exception {
        // The type is checked below: Spring's default takes JWT.
        NimbusJwtDecoder decoder = NimbusJwtDecoder.withIssuerLocation(issuer).validateType(false).build();
        OAuth2TokenValidator<Jwt> ended = token -> {
            // A token with cnf is bound to a key (RFC 9449). No proof is checked here, so it is refused.
            boolean whole = token.getExpiresAt() != null && token.getSubject() != null && token.getClaim("epoch") instanceof Number
                && !token.hasClaim("cnf");
            boolean refused = !whole || ends.ended(token.getSubject(), token.getClaimAsString("sid"), token.<Number>getClaim("epoch").longValue());
            return refused ? OAuth2TokenValidatorResult.failure(INVALID) : OAuth2TokenValidatorResult.success();
        };
        decoder.setJwtValidator(new DelegatingOAuth2TokenValidator<>(List.of(
            new JwtTypeValidator(List.of("at+jwt")),
            new JwtIssuerValidator(issuer),
            new JwtClaimValidator<List<String>>("aud", audience -> audience != null && audience.contains(base)),
            new JwtTimestampValidator(Duration.ofMinutes(1)),
            ended)));
        return http.securityMatcher("/api/**")
            .authorizeHttpRequests(requests -> requests.anyRequest().authenticated())
            .oauth2ResourceServer(server -> server.jwt(jwt -> jwt.decoder(decoder)))
            .addFilterBefore(new WhileTrusted(ends), BearerTokenAuthenticationFilter.class)
            .build();
    }

    /** Lets nobody in while the stream of ends is not trusted. */
    private static class WhileTrusted extends OncePerRequestFilter {
        private final Ends ends;

        WhileTrusted(Ends ends) {
            this.ends = ends;
        }

        @Override
        protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
                throws ServletException, IOException {
            if (ends.fresh()) {
                chain.doFilter(request, response);
            } else {
                response.setHeader("Retry-After", "5");
                response.setStatus(HttpServletResponse.SC_SERVICE_UNAVAILABLE);
            }
        }
    }

    @Bean
    @Order(2)
    SecurityFilterChain browsers(HttpSecurity http, ClientRegistrationRepository registrations) throws Exception {
        var signOut = new OidcClientInitiatedLogoutSuccessHandler(registrations);
        signOut.setPostLogoutRedirectUri("{baseUrl}/");
        return http
            .authorizeHttpRequests(requests -> requests.requestMatchers("/", "/roles").permitAll().anyRequest().authenticated())
            .oauth2Login(withDefaults())
            .logout(logout -> logout.logoutSuccessHandler(signOut))
            // The endpoint /logout/connect/back-channel/vestibule.
            .oidcLogout(logout -> logout.backChannel(withDefaults()))
            .build();
    }

    /** Tells Spring Security of sessions that end by themselves. */
    @Bean
    HttpSessionEventPublisher sessionEvents() {
        return new HttpSessionEventPublisher();
    }
}
